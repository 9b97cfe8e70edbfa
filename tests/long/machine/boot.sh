#!/bin/sh
# In namespaces of its own (machine.py): a Debian over $1, what it changes in $2, its systemd as process 1.
set -e
mount --make-rprivate /
mkdir -p "$2/changed" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/changed,workdir=$2/work" machine "$2/root"
cd "$2/root"
mount -t proc proc proc
# What is the kernel's is everybody's: a container may not set it.
mount --bind -o ro proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
hostname leads
ip link set lo up
mkdir -p run/old
pivot_root . run/old
umount -l /run/old
exec env -i container=leadops-tests PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
