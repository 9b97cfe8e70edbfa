"""What forms call the fields of a person, in eight languages. A table: what is not in it is nobody.

Words are compared folded: without accents, capitals, punctuation and what is said to be polite
about it (“Your name?”, “Ihre E-Mail-Adresse”, “votre nom”).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from leads.intake.recognise.remembered import remembered

CALLED: dict[str, str] = {
    "contact_name": """
        contact name|full name|fullname|name|names|first and last name|first name and last name
        |name and surname|contact person|lead name|customer name|client name|person name
        |vor und nachname|vorname und nachname|vor und zuname|vollstandiger name|ansprechpartner
        |nom complet|nom et prenom|prenom et nom|nom prenom|prenom nom|nombre completo
        |nombre y apellidos|nombre y apellido|nome completo|nome e cognome|nome cognome
        |nome e sobrenome|volledige naam|naam|voor en achternaam|imie i nazwisko
        |pelne imie i nazwisko""",
    "first_name": """
        first name|firstname|first|given name|givenname|forename|fname|name first|vorname|rufname
        |prenom|nombre|nombre de pila|primer nombre|nome|primeiro nome|voornaam|imie""",
    "last_name": """
        last name|lastname|last|family name|familyname|surname|lname|sname|name last|nachname
        |familienname|zuname|nom de famille|nom|apellido|apellidos|primer apellido|cognome
        |sobrenome|apelido|ultimo nome|achternaam|familienaam|nazwisko""",
    "email": """
        email|e mail|mail|email address|emailaddress|e mail address|mail address|mailaddress
        |user email|contact email|work email|business email|personal email|customer email
        |emails|email addresses|e mails
        |email adresse|e mail adresse|emailadresse|mailadresse|adresse email|adresse e mail
        |adresse mail|adresse courriel|courriel|correo|correo electronico|correo e
        |direccion de correo electronico|direccion de email|posta elettronica
        |indirizzo email|indirizzo e mail|endereco de email|endereco de e mail
        |correio eletronico|emailadres|e mailadres|mailadres|adres email|adres e mail|poczta""",
    "phone": """
        phone|phone number|phones|phone numbers
        |phonenumber|telephone|telephone number|tel|tel number|tel no|telno
        |phone no|mobile|mobile phone|mobilephone|mobile number|mobile phone number|cell|cell phone
        |cellphone|cell number|user phone|contact number|contact phone|work phone|business phone
        |home phone
        |daytime phone|whatsapp|whatsapp number|telefon|telefonnummer|telefon nummer|rufnummer
        |handy|handynummer|mobil|mobilnummer|mobiltelefon|numero de telephone|telephone portable
        |portable|numero de portable|telefono|numero de telefono|movil|telefono movil|celular
        |numero di telefono|cellulare|telefone|numero de telefone|telemovel|telefoonnummer
        |telefoon|mobiele nummer|mobiel|numer telefonu|nr telefonu|komorka""",
    "company": """
        company|company name|companyname|organization|organisation|organization name
        |organisation name|business name|employer|firm|firma|firmenname|unternehmen
        |societe|entreprise|nom de l entreprise|nom de la societe|empresa|nombre de la empresa
        |azienda|societa|nome azienda|nome da empresa|bedrijf|bedrijfsnaam|nazwa firmy""",
    "street": """
        street|street address|address|address 1|address line 1|addressline1|address1|strasse
        |strasse und hausnummer|strasse hausnummer|anschrift|rue|adresse|adresse postale|calle
        |direccion|domicilio
        |via e numero|via e numero civico|via piazza|indirizzo|rua|endereco|morada|straat
        |straat en huisnummer|adres
        |ulica""",
    "city": """
        city|town|suburb|locality|ort|stadt|wohnort|ville|commune|ciudad|localidad|poblacion
        |citta|comune|cidade|localidade|stad|plaats|woonplaats|miasto|miejscowosc""",
    "state": """
        state|province|region|state province|county|bundesland|kanton|departement|provincia
        |estado|regione|distrito|provincie|wojewodztwo""",
    "zip": """
        zip|zip code|zipcode|postal code|postalcode|postcode|post code|plz|postleitzahl
        |code postal|codigo postal|cap|codice postale|cep|postcode en plaats|kod pocztowy""",
    "country": "country|country name|land|pays|pais|paese|nazione|kraj",
    "message": """
        message|messages|your message|comment|comments|enquiry|inquiry|how can we help
        |how can we help you|notes|nachricht|mitteilung|anfrage|bemerkung|bemerkungen|kommentar
        |ihre nachricht|commentaire|commentaires|demande|mensaje|comentario|comentarios|consulta
        |messaggio|commento|commenti|richiesta|mensagem|bericht|opmerking|opmerkingen|vraag
        |wiadomosc|tresc|tresc wiadomosci|komentarz|uwagi""",
}
"""Folded names by our own field; the earlier one wins where a form has several."""

ALONE = frozenset({"name", "names", "naam", "nome", "nom", "nombre", "first", "last"})
"""Names that also forms, pages and products have: they need a person beside them."""

POLITE = frozenset(
    [
        "your",
        "what",
        "is",
        "my",
        "the",
        "please",
        "enter",
        "here",
        "required",
        "optional",
        "a",
        "an",
        "of",
        "own",
        "i",
        "ihr",
        "ihre",
        "ihren",
        "dein",
        "deine",
        "bitte",
        "votre",
        "vos",
        "ton",
        "ta",
        "veuillez",
        "le",
        "la",
        "les",
        "l",
        "su",
        "sus",
        "tu",
        "tus",
        "il",
        "lo",
        "tuo",
        "tua",
        "suo",
        "sua",
        "vostro",
        "vostra",
        "seu",
        "sua",
        "teu",
        "o",
        "os",
        "as",
        "uw",
        "je",
        "jouw",
        "de",
        "het",
        "twoj",
        "twoje",
        "twoja",
        "pan",
        "pani",
        "panstwa",
        "podaj",
    ]
)
"""Words that do not change what is asked for."""

ADDRESSING = POLITE - frozenset(
    ["what", "is", "the", "please", "enter", "here", "required", "optional", "a", "an", "of", "i"]
    + [
        "bitte",
        "veuillez",
        "le",
        "la",
        "les",
        "l",
        "il",
        "lo",
        "o",
        "os",
        "as",
        "de",
        "het",
        "podaj",
    ]
)
"""Words that speak to the person who fills the form in, or for them."""

OTHERS = frozenset(
    [
        "company",
        "organization",
        "organisation",
        "product",
        "products",
        "items",
        "campaign",
        "definition",
        "schema",
        "hidden",
        "meta",
        "metadata",
        "utm",
        "referrer",
        "referral",
        "referer",
        "partner",
        "spouse",
        "child",
        "children",
        "kid",
        "kids",
        "pet",
        "pets",
        "dog",
        "cat",
        "vendor",
        "provider",
        "dealer",
        "salesperson",
        "agent",
        "owner",
        "assignee",
        "employer",
        "account",
        "org",
        "property",
        "location",
        "hotel",
        "store",
        "shop",
        "school",
        "university",
        "venue",
        "restaurant",
        "deal",
        "opportunity",
        "list",
        "newsletter",
        "audience",
        "app",
        "bot",
        "integration",
        "team",
        "department",
        "project",
        "course",
        "listing",
        "vehicle",
        "brand",
        "supplier",
        "assigned",
        "created",
        "updated",
        "modified",
        "host",
        "consultant",
        "seller",
        "adviser",
        "advisor",
        "realtor",
        "broker",
        "recruiter",
        "rep",
        "reps",
        "representative",
        "manager",
        "salesman",
        "saleswoman",
        "berater",
        "beraterin",
        "verkaufer",
        "verkauferin",
        "makler",
        "maklerin",
        "vendeur",
        "vendeuse",
        "conseiller",
        "conseillere",
        "courtier",
        "vendedor",
        "vendedora",
        "asesor",
        "asesora",
        "corredor",
        "venditore",
        "consulente",
        "agente",
        "consultor",
        "consultora",
        "corretor",
        "verkoper",
        "adviseur",
        "makelaar",
        "sprzedawca",
        "doradca",
        "posrednik",
        "vertreter",
        "betreuer",
        "sachbearbeiter",
        "coach",
        "operator",
        "author",
        "autor",
        "auteur",
        "autore",
        "editor",
        "sales",
        "landlord",
        "vermieter",
        "bailleur",
        "supervisor",
        "instructor",
        "trainer",
        "attendant",
        "doctor",
        "lawyer",
        "organizer",
        "organiser",
        "moderator",
        "mitarbeiter",
        "employee",
        "employe",
        "empleado",
        "dipendente",
        "creator",
        "staff",
        "shipping",
        "delivery",
        "recipient",
        "schule",
        "verein",
        "projekt",
        "ecole",
        "escuela",
        "scuola",
        "escola",
        "emergency",
        "friend",
        "guest",
        "witness",
        "tracking",
        "adset",
        "firma",
        "unternehmen",
        "produkt",
        "kind",
        "kinder",
        "haustier",
        "entreprise",
        "societe",
        "produit",
        "enfant",
        "enfants",
        "empresa",
        "producto",
        "hijo",
        "hija",
        "mascota",
        "azienda",
        "prodotto",
        "figlio",
        "figlia",
        "produto",
        "filho",
        "filha",
        "bedrijf",
        "kinderen",
        "huisdier",
        "dziecko",
        "produkty",
    ]
)
"""Words anywhere on the way to a value that make it another's."""

FORM = frozenset(
    [
        "form",
        "forms",
        "page",
        "pages",
        "site",
        "website",
        "event",
        "survey",
        "workspace",
        "webhook",
        "template",
        "theme",
    ]
)
"""Words for what was filled in; a name right below them is the form's."""

SITE = frozenset(
    ["site", "website", "page", "pages", "workspace", "theme", "template", "webseite", "seite"]
    + ["sitio", "sito", "pagina", "strona"]
)
"""Words for where the form stands; what stands below them, however deep, is not who wrote."""

ANSWERS = frozenset(
    ["response", "responses", "submission", "submissions", "data", "fields", "entry", "values"]
    + ["answer", "answers", "question", "questions"]
)
"""Words that say: here is what a person typed."""

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
WORD = re.compile(r"[^\W_]+")
NUMBERED = re.compile(r"(?<=[a-z]) ?\d{1,3}$")
BEFORE = re.compile(r"(?:q|field|input|question|item)?\d*")
"""What tools put before a name: `q3_name`, `field:first_name`."""
BEHIND = re.compile(r"[a-z]*\d\w*")
"""And behind it: `first_name_a1b2`, `phone 2`."""
LONGEST_LABEL = 200
"""Characters of a label that are looked at; what is remembered of labels has no room for more."""
LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})


def folded(label: str) -> str:
    """A label as it is compared: words of plain small letters, one blank between them."""
    return _folded(label[:LONGEST_LABEL])


@lru_cache(maxsize=4096)  # the same few names with every post
def _folded(label: str) -> str:
    plain = CAMEL.sub(" ", label.replace("WhatsApp", "Whatsapp")).casefold()
    if not plain.isascii():
        spelt = unicodedata.normalize("NFKD", plain.translate(LETTERS))
        plain = "".join(sign for sign in spelt if not unicodedata.combining(sign))
    return " ".join(WORD.findall(plain))


def asked_for(label: str) -> str:
    """The folded label without what is polite, and without a tool's own number before or behind."""
    return _asked_for(label[:LONGEST_LABEL])


@lru_cache(maxsize=4096)
def _asked_for(label: str) -> str:
    words = _folded(label).split()
    kept = [word for word in words if word not in POLITE] or words
    while len(kept) > 1 and BEFORE.fullmatch(kept[0]):
        kept = kept[1:]
    while len(kept) > 1 and BEHIND.fullmatch(kept[-1]):
        kept = kept[:-1]
    return NUMBERED.sub("", " ".join(kept))


def _table() -> dict[str, tuple[str, int]]:
    table: dict[str, tuple[str, int]] = {}
    for field, names in CALLED.items():
        for rank, name in enumerate(part.strip() for part in names.split("|")):
            # A name of two fields, such as “name” for last and whole, is the earlier one's.
            table.setdefault(" ".join(name.split()), (field, rank))
            table.setdefault(asked_for(name), (field, rank))
    return table


TABLE = _table()
"""The field and rank of a folded name."""


@remembered
def is_anothers(path: tuple[str, ...]) -> bool:
    """Whether a path leads to another person or to a thing."""
    return any(not OTHERS.isdisjoint(folded(step).split()) for step in path)


@remembered
def is_of_the_form(path: tuple[str, ...]) -> bool:
    """Whether a path leads to what describes the form: `form.name`, `page_title`."""
    for step in path[-2:]:
        words = set(folded(step).split())
        if words & FORM and not words & ANSWERS:
            return True
    return is_of_the_site(path)


@remembered
def is_of_the_site(path: tuple[str, ...]) -> bool:
    """Whether a path leads to whose the page is: `website.contact.name`, and no answer below it."""
    for at, step in enumerate(path):
        below = {word for step in path[at:] for word in folded(step).split()}
        if not SITE.isdisjoint(folded(step).split()) and below.isdisjoint(ANSWERS):
            return True
    return False
