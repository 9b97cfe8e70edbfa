"""Why a post could not be read: English, as senders are told and as it is stored with what they
sent. Our own people read it in their language. Pure.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence

EMPTY = Sentence(_("The body is empty."))()
ENDED_EARLY = Sentence(_("The body ended early."))()
ENDED_AFTER = Sentence(_("The body ended after %(size)s of %(announced)s bytes."))
NO_NUMBER = Sentence(_("The Content-Length is not a number."))()
ONE_MEGABYTE = Sentence(_("A lead may have one megabyte."))()
NO_LENGTH = Sentence(_("Send a Content-Length: this server reads no chunks."))()
CHUNKS = Sentence(_("The chunks of the body cannot be told apart."))()

NOT_TAKEN = Sentence(
    _("Send application/json, application/x-www-form-urlencoded or multipart/form-data.")
)()
UTF8 = Sentence(_("Send the body in UTF-8."))()
NOT_UTF8 = Sentence(_("The body is not UTF-8."))()
NOT_UTF8_AT = Sentence(_("The body is not UTF-8: byte %(place)s cannot be read."))

ENCODING = Sentence(_("Content-Encoding %(name)s is not read here."))
NOT_COMPRESSED = Sentence(_("The body is not compressed as its Content-Encoding says."))()
COMPRESSED_ENDED = Sentence(_("The compressed body ended early."))()
UNCOMPRESSED = Sentence(_("Send the body uncompressed, or as gzip or deflate."))()

NEITHER = Sentence(_("The body is neither JSON nor a form."))()
NOR_XML = Sentence(_("The body is neither JSON nor a form nor XML."))()
SEVERAL = Sentence(_("The body has %(count)s leads: post each by itself."))
ONE_OBJECT = Sentence(_("Send one JSON object with the lead's fields."))()
NO_OBJECTS = Sentence(_("The body is a list of something else than objects."))()
TOO_MANY = Sentence(_("The body is a list of %(count)s objects; up to %(most)s are read."))
NO_FIELDS = Sentence(_("The form has no fields."))()
NO_PARTS = Sentence(_("The parts of the form cannot be told apart."))()

NOT_JSON = Sentence(_("The body is not JSON: %(said)s at line %(line)s, column %(column)s."))
TOO_MANY_DIGITS = Sentence(_("A number has too many digits."))()
JSON_TOO_DEEP = Sentence(_("The JSON is nested too deeply."))()
NO_JSON_NUMBER = Sentence(_("%(name)s is not a JSON number."))
OUT_OF_RANGE = Sentence(_("A number is out of range."))()
NOT_XML = Sentence(_("The body is not XML that can be read."))()
XML_TOO_DEEP = Sentence(_("The XML is nested too deeply."))()

NO_KEY_OF_THE_TOOL = Sentence(_("The key of the form tool is not right."))()
KEY_NOT_READ = Sentence(_("The body cannot be read, nor the key of the form tool in it."))()
SIGN_AS = Sentence(_("Sign the body as %(header)s."))
NO_ORIGIN = Sentence(_("A page without an origin is not an allowed origin."))()
NOT_ALLOWED = Sentence(_("%(origin)s is not an allowed origin."))
