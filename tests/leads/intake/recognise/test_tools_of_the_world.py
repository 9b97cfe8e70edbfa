"""What further form tools post, from their documentation: who wrote, whatever the shape."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from leads.data import contact_name
from leads.intake.body.read_any import read_submissions
from leads.intake.body.shape import fields_of
from leads.intake.recognise.reading import read_as
from leads.intake.tools import is_test, submission_key, tool_of
from leads.models import Lead, Source, SourceAddress
from tests.factories import make_site

JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "application/xml"
EMAIL, PHONE = "ada@example.com", "+49 30 5551106"


class Post(NamedTuple):
    """A tool's post, and what a person reads in it; empty where there is nothing to be read."""

    body: Any
    name: str = "Ada Byron"
    email: str = EMAIL
    phone: str = ""
    company: str = ""
    message: str = ""
    kind: str = JSON


def form(**fields: Any) -> str:
    """A form as browsers encode it."""
    return urlencode(fields)


POSTS: dict[str, Post] = {
    "formspree": Post(
        {
            "form": "xyzabc",
            "submission": {
                "_date": "2026-01-05T10:00:00Z",
                "name": "Ada Byron",
                "email": EMAIL,
                "message": "Hi",
                "_status": "new",
            },
        },
        message="Hi",
    ),
    "basin": Post(
        {
            "id": 5,
            "form_id": "abc",
            "form_name": "Contact",
            "created_at": "2026-01-05",
            "payload_params": {"name": "Ada Byron", "email": EMAIL, "message": "Hi"},
            "ip": "1.2.3.4",
        },
        message="Hi",
    ),
    "getform": Post(
        {
            "form": {"id": "1", "name": "My form"},
            "data": {"name": "Ada Byron", "email": EMAIL, "phone": PHONE},
        },
        phone=PHONE,
    ),
    "formstack": Post(
        {
            "FormID": "123",
            "UniqueID": "456",
            "Name": {"first": "Ada", "last": "Byron"},
            "Email": EMAIL,
            "Phone": PHONE,
        },
        phone=PHONE,
    ),
    "formstack, form-encoded": Post(
        form(FormID=1, UniqueID=2, Name="first = Ada\nlast = Byron", Email=EMAIL),
        name="first = Ada\nlast = Byron",
        kind=FORM,
    ),
    "cognito": Post(
        {
            "Form": {"Id": "1", "InternalName": "Contact", "Name": "Contact us"},
            "$version": 7,
            "Name": {
                "First": "Ada",
                "FirstAndLast": "Ada Byron",
                "Last": "Byron",
                "Middle": None,
                "MiddleInitial": None,
                "Prefix": None,
                "Suffix": None,
            },
            "Email": EMAIL,
            "Phone": PHONE,
            "Entry": {"Number": 3, "AdminLink": "https://x", "User": {"Email": "boss@x.co"}},
            "Id": "1-3",
        },
        phone=PHONE,
    ),
    "zoho forms": Post(
        {
            "Name_First": "Ada",
            "Name_Last": "Byron",
            "Email": EMAIL,
            "PhoneNumber_countrycode": PHONE,
            "MultiLine": "Hi",
        },
    ),
    "wufoo": Post(
        form(
            Field1="Ada Byron",
            Field3=EMAIL,
            HandshakeKey="",
            FieldStructure=json.dumps(
                {"Fields": [{"Title": "Name", "ID": "Field1"}, {"Title": "Email", "ID": "Field3"}]}
            ),
        ),
        name="",
        kind=FORM,
    ),
    "paperform": Post(
        {
            "submission_id": "abc",
            "form_id": "f",
            "data": [
                {"key": "n1", "title": "Full name", "type": "text", "value": "Ada Byron"},
                {"key": "e1", "title": "Email", "type": "email", "value": EMAIL},
            ],
        }
    ),
    "fillout": Post(
        {
            "formId": "f",
            "formName": "Contact form",
            "submission": {
                "submissionId": "s",
                "questions": [
                    {"id": "a", "name": "What is your name?", "type": "ShortAnswer",
                     "value": "Ada Byron"},
                    {"id": "b", "name": "Email", "type": "EmailInput", "value": EMAIL},
                    {"id": "c", "name": "Phone", "type": "PhoneNumber", "value": PHONE},
                ],
                "calculations": [], "urlParameters": [], "documents": [],
            },
        },
        phone=PHONE,
    ),
    "framer": Post({"Name": "Ada Byron", "Email": EMAIL, "Location": "Rome"}),
    "webflow v2": Post(
        {
            "triggerType": "form_submission",
            "payload": {
                "name": "Contact Us",
                "siteId": "1",
                "data": {"First Name": "Ada", "Last Name": "Byron", "Email Address": EMAIL},
                "schema": [{"fieldName": "First Name", "fieldType": "FormTextInput"}],
                "submittedAt": "2026-01-05",
                "id": "x",
                "formId": "f",
                "formElementId": "e",
            },
        }
    ),
    "squarespace by zapier": Post(
        {
            "form_name": "New Form",
            "Name: First Name": "Ada",
            "Name: Last Name": "Byron",
            "Email Address": EMAIL,
            "Message": "Hi",
        },
        message="Hi",
    ),
    "ninja forms": Post(
        form(form_id=1, form_title="Contact Me", name="Ada Byron", email=EMAIL, textarea_161="Hi"),
        kind=FORM,
    ),
    "wpforms": Post(
        {
            "form_id": 7,
            "form_title": "Simple contact",
            "entry_id": 5,
            "fields": {
                "0": {"name": "Name", "value": "Ada Byron", "id": 0, "type": "name",
                      "first": "Ada", "middle": "", "last": "Byron"},
                "1": {"name": "Email", "value": EMAIL, "id": 1, "type": "email"},
            },
        }
    ),
    "fluent forms": Post(
        {
            "__fluent_form_embded_post_id": "12",
            "names": {"first_name": "Ada", "last_name": "Byron"},
            "email": EMAIL,
            "subject": "Quote",
            "message": "Hi",
        },
        message="Hi",
    ),
    "forminator": Post(
        {"form_title": "Kontakt", "entry_time": "2026", "name_1": "Ada Byron", "email_1": EMAIL,
         "phone_1": PHONE, "textarea_1": "Hallo"},
        phone=PHONE,
    ),
    "mailchimp": Post(
        form(**{"type": "subscribe", "data[id]": "8", "data[list_id]": "l", "data[email]": EMAIL,
                "data[merges][EMAIL]": EMAIL, "data[merges][FNAME]": "Ada",
                "data[merges][LNAME]": "Byron", "data[ip_opt]": "1.2.3.4"}),
        kind=FORM,
    ),
    "activecampaign": Post(
        form(**{"type": "subscribe", "contact[id]": "1", "contact[email]": EMAIL,
                "contact[first_name]": "Ada", "contact[last_name]": "Byron",
                "contact[phone]": PHONE, "contact[orgname]": "ACME", "list[0][name]": "News"}),
        phone=PHONE,
        kind=FORM,
    ),
    "intercom": Post(
        {
            "type": "notification_event",
            "topic": "contact.lead.created",
            "data": {"item": {"type": "contact", "name": "Ada Byron", "email": EMAIL,
                              "phone": PHONE, "owner_id": None}},
        },
        phone=PHONE,
    ),
    "drift": Post(
        {
            "orgId": 1,
            "type": "contact_identified",
            "data": {"contact": {"attributes": {"name": "Ada Byron", "email": EMAIL}}},
        }
    ),
    "tidio": Post({"visitor": {"name": "Ada Byron", "email": EMAIL, "phone": PHONE}}, phone=PHONE),
    "facebook by make": Post(
        {
            "id": "1",
            "formId": "2",
            "pageId": "3",
            "adName": "Spring ad",
            "campaignName": "Spring",
            "createdTime": "2026",
            "data": {"full_name": "Ada Byron", "email": EMAIL, "phone_number": PHONE},
        },
        phone=PHONE,
    ),
    "facebook graph": Post(
        {
            "created_time": "2026",
            "id": "1",
            "ad_name": "Spring",
            "field_data": [
                {"name": "full_name", "values": ["Ada Byron"]},
                {"name": "email", "values": [EMAIL]},
                {"name": "company_name", "values": ["ACME"]},
            ],
        },
        company="ACME",
    ),
    "linkedin": Post(
        {
            "leadType": "SPONSORED",
            "formResponse": {
                "answers": [
                    {"questionId": 1, "name": "First Name",
                     "answerDetails": {"textQuestionAnswer": {"answer": "Ada"}}},
                ]
            },
            "firstName": "Ada",
            "lastName": "Byron",
            "emailAddress": EMAIL,
            "companyName": "ACME",
        },
        company="ACME",
    ),
    "tiktok": Post(
        {"lead_id": "7", "page_id": "2", "campaign_name": "Spring", "ad_name": "A",
         "name": "Ada Byron", "email": EMAIL, "phone_number": PHONE},
        phone=PHONE,
    ),
    "microsoft forms by power automate": Post(
        {"responder": "anonymous", "submitDate": "1/5/2026", "Ihr Name": "Ada Byron",
         "Ihre E-Mail-Adresse": EMAIL, "Ihre Nachricht": "Hallo"},
        message="Hallo",
    ),
    "surveymonkey": Post(
        {
            "name": "My webhook",
            "event_type": "response_completed",
            "resources": {"survey_id": "1"},
            "pages": [{"id": "1", "questions": [
                {"id": "9", "heading": "Contact", "answers": [
                    {"row_id": "1", "text": "Ada Byron"}, {"row_id": "2", "text": EMAIL}]}]}],
        },
        name="",
    ),
    "heyflow": Post(
        {
            "flowID": "my-flow",
            "id": "1",
            "createdAt": "2026",
            "fields": [
                {"variable": "firstname", "label": "Vorname", "values": [{"answer": "Ada"}]},
                {"variable": "lastname", "label": "Nachname", "values": [{"answer": "Byron"}]},
                {"variable": "email", "label": "E-Mail", "values": [{"answer": EMAIL}]},
                {"variable": "phone", "label": "Telefon", "values": [{"answer": PHONE}]},
            ],
        },
        phone=PHONE,
    ),
    "perspective": Post(
        {
            "funnelId": "f",
            "funnelName": "Recruiting",
            "profile": {"name": {"title": "Name", "value": "Ada Byron"},
                        "email": {"title": "E-Mail", "value": EMAIL}},
        }
    ),
    "leadpages": Post(
        {"first-name": "Ada", "last-name": "Byron", "email": EMAIL, "leadpage_name": "Spring"}
    ),
    "clickfunnels": Post(
        {
            "id": 1,
            "event_type": "contact.created",
            "data": {"id": 7, "email_address": EMAIL, "first_name": "Ada", "last_name": "Byron",
                     "phone_number": PHONE},
        },
        phone=PHONE,
    ),
    "clickfunnels classic": Post(
        {"contact": {"name": "Ada Byron", "email": EMAIL, "first_name": "Ada",
                     "last_name": "Byron", "phone": PHONE},
         "page": {"name": "Opt-in"}, "funnel": {"name": "Spring"}},
        phone=PHONE,
    ),
    "gohighlevel": Post(
        {
            "contact_id": "c",
            "first_name": "Ada",
            "last_name": "Byron",
            "full_name": "Ada Byron",
            "email": EMAIL,
            "phone": PHONE,
            "location": {"name": "Agency", "address": "1 Main St"},
            "user": {"firstName": "Bob", "lastName": "Sales", "email": "bob@x.co"},
            "workflow": {"id": "w", "name": "Hook"},
        },
        phone=PHONE,
    ),
    "instapage": Post(
        {"Name": "Ada Byron", "Email": EMAIL, "page_id": "1", "page_name": "Spring",
         "variant": "A", "ip": "1.2.3.4"}
    ),
    "optinmonster": Post(
        {"lead": {"email": EMAIL, "firstName": "Ada", "lastName": "Byron",
                  "referrer": "https://x", "ipAddress": "1.2.3.4"},
         "campaign": {"id": "c", "title": "Popup"}, "smart_tags": {"page_title": "Home"}}
    ),
    "duda": Post(
        {
            "event_type": "CONTACT_FORM_SUBMISSION",
            "data": {"form_title": "Contattaci", "page_alias": "home", "fieldsData": [
                {"field_label": "Nome e cognome", "field_type": "text",
                 "field_value": "Ada Byron"},
                {"field_label": "Email", "field_type": "email", "field_value": EMAIL}]},
        }
    ),
    "wix": Post(
        {
            "data": {
                "formName": "Contact",
                "submissions": [{"label": "Name", "value": "Ada Byron"},
                                {"label": "Email", "value": EMAIL}],
                "contact": {"name": {"first": "Ada", "last": "Byron"}, "email": EMAIL},
            }
        }
    ),
    "carrd": Post(form(name="Ada Byron", email=EMAIL, message="Hi"), message="Hi", kind=FORM),
    "kajabi": Post(
        {"id": "1", "event": "form_submission",
         "payload": {"form_id": 1, "form_title": "Opt in", "name": "Ada Byron", "email": EMAIL}}
    ),
    "hubspot workflow": Post(
        {
            "vid": 7,
            "portal-id": 9,
            "properties": {
                "firstname": {"value": "Ada", "versions": [{"value": "Ada"}]},
                "lastname": {"value": "Byron"},
                "email": {"value": EMAIL},
                "company": {"value": "ACME"},
                "hs_owner_name": {"value": "Bob"},
            },
        },
        company="ACME",
    ),
    "pipedrive": Post(
        {
            "meta": {"action": "create", "entity": "person"},
            "data": {"name": "Ada Byron", "owner_id": 5,
                     "emails": [{"value": EMAIL, "primary": True, "label": "work"}],
                     "phones": [{"value": PHONE, "primary": True, "label": "work"}]},
        },
        phone=PHONE,
    ),
    "adf": Post(
        '<?xml version="1.0"?><?adf version="1.0"?><adf><prospect status="new">'
        '<id sequence="1" source="Site">9</id><requestdate>2026</requestdate>'
        '<vehicle interest="buy"><year>2020</year><make>Ford</make></vehicle>'
        '<customer><contact><name part="first">Ada</name><name part="last">Byron</name>'
        f'<email>{EMAIL}</email><phone type="voice">{PHONE}</phone></contact>'
        "<comments>Hi</comments></customer><vendor><contact><name part=\"full\">Dealer</name>"
        "</contact></vendor><provider><name>Site</name></provider></prospect></adf>",
        phone=PHONE,
        message="Hi",
        kind=XML,
    ),
    "salesforce web-to-lead": Post(
        form(oid="00D", retURL="https://x", first_name="Ada", last_name="Byron", email=EMAIL,
             company="ACME", lead_source="Web", **{"00N5": "x"}),
        company="ACME",
        kind=FORM,
    ),
    "spanish": Post(
        {"Nombre y apellidos": "Ada Byron", "Correo electrónico": EMAIL, "Teléfono": PHONE,
         "Mensaje": "Hola", "Empresa": "ACME"},
        phone=PHONE, company="ACME", message="Hola",
    ),
    "polish": Post(
        {"imię": "Ada", "nazwisko": "Byron", "e-mail": EMAIL, "telefon": PHONE, "treść": "Hej"},
        phone=PHONE, message="Hej",
    ),
    "dutch": Post(
        form(**{"your-voornaam": "Ada", "your-achternaam": "Byron", "uw-email": EMAIL,
                "bedrijfsnaam": "ACME", "opmerking": "Hoi"}),
        company="ACME", message="Hoi", kind=FORM,
    ),
    "french": Post(
        [{"name": "Votre prénom", "value": "Ada"}, {"name": "Votre nom", "value": "Byron"},
         {"name": "Votre adresse e-mail", "value": EMAIL}, {"name": "Société", "value": "ACME"}],
        company="ACME",
    ),
}  # fmt: skip


@pytest.mark.parametrize("tool", POSTS)
def test_who_wrote_is_read(tool: str) -> None:
    post = POSTS[tool]
    body = post.body if isinstance(post.body, str) else json.dumps(post.body)
    [submission] = read_submissions(post.kind, body.encode())

    read = read_as(submission.data)

    found = {name: read.fields.get(name, "") for name in ("email", "phone", "company", "message")}
    wanted = {name: getattr(post, name) for name in found}
    assert (contact_name(read.fields), found, read.unclear) == (post.name, wanted, {})
    fields = fields_of(submission.data)
    assert not is_test(fields, tool_of(fields))
    assert submission_key(fields, tool_of(fields), {}) in ("", "webflow::f:x")


NOBODY: list[dict[str, Any]] = [
    {"form_name": "Kontakt", "Firma": "ACME GmbH", "E-Mail": EMAIL},
    {"formTitle": "Ada Byron", "email": EMAIL},
    {"page": {"title": "Name", "name": "Ada"}, "email": EMAIL},
    {"event": {"name": "Gala", "host": {"name": "Eva Stone"}}, "email": EMAIL},
    {"eventName": "Open day", "event_organizer": {"full_name": "Eva"}, "email": EMAIL},
    {"course": {"title": "Yoga", "teacher": {"first_name": "Eva"}}, "email": EMAIL},
    {"scheduled_event": {"name": "30 min", "members": [{"full_name": "Eva"}]}, "email": EMAIL},
    {"product": {"name": "Solar", "vendor": "ACME"}, "customer_email": EMAIL},
    {"line_items": [{"name": "Roof"}, {"name": "Wall"}], "email": EMAIL},
    {"order": {"name": "#1001"}, "contact_email": EMAIL},
    {"campaign": {"name": "Spring", "owner": {"full_name": "Eva"}}, "email": EMAIL},
    {"ad_name": "Spring", "adset_name": "Rome", "campaign_name": "X", "email": EMAIL},
    {"utm_source": "Ada", "utm_name": "Ada Byron", "email": EMAIL},
    {"funnel": {"name": "Spring"}, "step": {"name": "Opt-in"}, "email": EMAIL},
    {"workflow": {"name": "Hook"}, "location": {"name": "Agency"}, "email": EMAIL},
    {"user": {"first_name": "Eva", "last_name": "Sales"}, "email": EMAIL},
    {"assignee": {"name": "Eva", "email": "eva@x.co"}, "email": EMAIL},
    {"salesRep": {"fullName": "Eva Stone", "phone": "5"}, "email": EMAIL},
    {"created_by": {"name": "Eva"}, "updated_by": {"full_name": "Eva"}, "email": EMAIL},
    {"company": {"name": "ACME", "contact": {"full_name": "Eva"}}, "email": EMAIL},
    {"Nombre de la empresa": "ACME", "correo": EMAIL},
    {"Nom de la société": "ACME", "courriel": EMAIL},
    {"Nome azienda": "ACME", "email": EMAIL},
    {"Nazwa firmy": "ACME", "e-mail": EMAIL},
    {"Bedrijfsnaam": "ACME", "mailadres": EMAIL},
    {"Child's name": "Eva", "Parent's e-mail": EMAIL},
    {"Name of your dog": "Rex", "email": EMAIL},
    {"Name des Kindes": "Eva", "E-Mail": EMAIL},
    {"Nombre de tu mascota": "Rex", "email": EMAIL},
    {"School name": "Byron High", "email": EMAIL},
    {"Domain name": "byron.example", "email": EMAIL},
    {"Street name": "Main", "email": EMAIL},
    {"Project name": "Roof", "email": EMAIL},
    {"Brand name": "ACME", "email": EMAIL},
    {"File name": "a.pdf", "user_name": "ada99", "nickname": "ad", "email": EMAIL},
    {"Account name": "ACME", "Property name": "Villa", "email": EMAIL},
    {"Name: Company": "ACME", "email": EMAIL},
    {"Company: Name": "ACME", "email": EMAIL},
    {"name": "[object Object]", "email": EMAIL},
    {"name": EMAIL, "email": EMAIL},
    {"name": "%%FNAME%%", "first_name": "[[name]]", "email": EMAIL},
    {"fields": [{"label": "Product", "name": "name", "value": "Solar"},
                {"label": "E-mail", "value": EMAIL}]},
    {"fields": [{"label": "Referred by", "value": {"first": "Eva", "last": "Stone"}},
                {"label": "E-mail", "value": EMAIL}]},
    {"answers": {"1": {"question": "Who is your doctor?", "name": "name", "answer": "Dr. Stone"},
                 "2": {"question": "E-mail", "answer": EMAIL}}},
    {"sections": {"dealer_info": {"full_name": "Eva"}, "x": {"email": EMAIL}}},
]  # fmt: skip


@pytest.mark.parametrize("data", NOBODY, ids=str)
def test_no_name_is_read_where_no_person_gave_theirs(data: dict[str, Any]) -> None:
    assert contact_name(read_as(data).fields) == ""


def test_each_of_them_is_held_at_a_webhook_address(db: None, client: Client) -> None:
    site = make_site(repeat_window=0)
    address = SourceAddress.objects.issue(
        Source.objects.create(site=site, name="F"), timezone.now()
    )

    for data in NOBODY:
        answer = client.post(f"/in/{address.secret}/", json.dumps(data), JSON)
        assert (answer.status_code, answer.json()["status"]) == (200, "failed"), data

    assert set(Lead.objects.values_list("name", flat=True)) == {""}
    assert set(Lead.objects.values_list("reason", flat=True)) <= {"missing_field", "unclear"}
