"""The modules a fresh sandbox knows, with the fields of Zoho's sample organisation.

One line a field: api name, data type, length, then marks: `mandatory` (system mandatory: the API
insists on it), `unique`, `custom`, `read-only`. Sources: Zoho's fields page for Leads, its page
'Insert Records' for the mandatory fields of all modules.
"""

from __future__ import annotations

from .fields import DECIMALS, Field

SYSTEM = """
id             bigint      18  read-only
Owner          ownerlookup 120
Created_Time   datetime    120 read-only
Modified_Time  datetime    120 read-only
Created_By     ownerlookup 120 read-only
Modified_By    ownerlookup 120 read-only
Layout         layout      50
Tag            tags        2000
Description    textarea    32000
"""

PERSON = """
Last_Name        text     80  mandatory
First_Name       text     40
Full_Name        text     120 read-only
Salutation       picklist 25
Email            email    100
Secondary_Email  email    100
Phone            phone    30
Mobile           phone    30
Fax              text     30
Skype_ID         text     50
Twitter          text     50
Email_Opt_Out    boolean  5
Lead_Source      picklist 120
"""

TABLES = {
    "Leads": PERSON
    + """
Company          text     200
Designation      text     100
Website          website  255
No_of_Employees  integer  9
Annual_Revenue   currency 16
Lead_Status      picklist 120
Industry         picklist 120
Rating           picklist 120
Street           text     250
City             text     100
State            text     100
Zip_Code         text     30
Country          text     100
Lead_Ref         text     255 unique custom
""",
    "Contacts": PERSON
    + """
Account_Name     lookup   120
Title            text     100
Department       text     50
Date_of_Birth    date     20
Mailing_Street   text     250
Mailing_City     text     100
Mailing_State    text     100
Mailing_Zip      text     30
Mailing_Country  text     100
""",
    "Accounts": """
Account_Name     text     200 mandatory
Phone            phone    30
Fax              text     30
Website          website  255
Industry         picklist 120
Employees        integer  9
Annual_Revenue   currency 16
Billing_Street   text     250
Billing_City     text     100
Billing_State    text     100
Billing_Code     text     30
Billing_Country  text     100
""",
    "Deals": """
Deal_Name        text     120 mandatory
Stage            picklist 120 mandatory
Pipeline         picklist 120
Amount           currency 16
Closing_Date     date     20
Probability      percent  5
Account_Name     lookup   120
Contact_Name     lookup   120
Lead_Source      picklist 120
Type             picklist 120
Next_Step        text     100
""",
}

# What *upsert* compares where the caller names no field.
CHECK_FIELDS = {
    "Leads": "Email",
    "Contacts": "Email",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Products": "Product_Name",
    "Vendors": "Vendor_Name",
    "Solutions": "Solution_Title",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Purchase_Orders": "Subject",
    "Invoices": "Subject",
    "Price_Books": "Price_Book_Name",
}

CHOICES = {
    "Lead_Source": ("-None-", "Web site", "Trade fair"),
    "Lead_Status": ("-None-", "Not Contacted", "Contacted", "Junk Lead"),
    "Salutation": ("-None-", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."),
    "Rating": ("-None-", "Active", "Acquired", "Shut Down"),
    "Stage": ("Qualification", "Proposal", "Closed Won", "Closed Lost"),
}

MODULE_IDS = {
    "Leads": "6100000000000002175",
    "Accounts": "6100000000000002177",
    "Contacts": "6100000000000002179",
    "Deals": "6100000000000002181",
}


def read_table(table: str) -> list[Field]:
    """The fields of one table, in its order."""
    return [_field(line.split()) for line in table.splitlines() if line.strip()]


def _field(words: list[str]) -> Field:
    name, data_type, length, *marks = words
    return Field(
        api_name=name,
        data_type=data_type,
        length=int(length),
        decimals=DECIMALS.get(data_type),
        mandatory="mandatory" in marks,
        unique="unique" in marks,
        custom="custom" in marks,
        read_only="read-only" in marks,
        choices=CHOICES.get(name, ()),
    )
