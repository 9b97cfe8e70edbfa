/* A screen that nobody touches: the page anew, as often as it is counted. */

setTimeout(() => location.reload(), 10000);
