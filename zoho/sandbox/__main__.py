"""python -m zoho.sandbox: the sandbox without Django, for tests that want it at once."""

import argparse
import sys

from zoho.sandbox.process import add_arguments, serve

parser = argparse.ArgumentParser(prog="zoho.sandbox", description="A stand-in for Zoho CRM.")
add_arguments(parser)
options = parser.parse_args()
sys.exit(serve(options.host, options.port, options.store, options.fields) or None)
