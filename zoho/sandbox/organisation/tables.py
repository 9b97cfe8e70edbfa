"""The fields of the modules a fresh sandbox knows, as in Zoho's sample organisation.

One line a field: api name, data type, length, then marks: `mandatory` (system mandatory: the API
insists on it), `unique`, `custom`, `read-only`, `>Module` (where a lookup leads). Sources: Zoho's
fields page for Leads, its page 'Insert Records' for the mandatory fields and the keys of Calls,
Events, Tasks and the inventory modules. The other fields are the well-known ones, in their usual
lengths; what a real organisation has comes from a file, see definitions.py.
"""

from __future__ import annotations

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


def _address(*prefixes: str) -> str:
    """Five lines for each address of a module."""
    parts = (("Street", 250), ("City", 100), ("State", 100), ("Code", 30), ("Country", 100))
    return "".join(f"{p}_{part} text {length}\n" for p in prefixes for part, length in parts)


def _inventory(items: str, more: str) -> str:
    """Quotes, orders and invoices: a subject, line items, sums, two addresses."""
    return f"""
Subject               text     120 mandatory
{items}               subform  0   mandatory
{more}
Account_Name          lookup   120 >Accounts
Contact_Name          lookup   120 >Contacts
Currency              picklist 50
Discount              currency 16
Tax                   currency 16
Adjustment            currency 16
Sub_Total             currency 16  read-only
Grand_Total           currency 16  read-only
Terms_and_Conditions  textarea 32000
{_address("Billing", "Shipping")}"""


TABLES = {
    "Leads": f"""{PERSON}
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
    "Contacts": f"""{PERSON}
Account_Name     lookup   120 >Accounts
Vendor_Name      lookup   120 >Vendors
Title            text     100
Department       text     50
Date_of_Birth    date     20
Mailing_Street   text     250
Mailing_City     text     100
Mailing_State    text     100
Mailing_Zip      text     30
Mailing_Country  text     100
""",
    "Accounts": f"""
Account_Name     text     200 mandatory
Account_Number   bigint   18
Account_Type     picklist 120
Parent_Account   lookup   120 >Accounts
Phone            phone    30
Fax              text     30
Website          website  255
Industry         picklist 120
Employees        integer  9
Annual_Revenue   currency 16
Rating           picklist 120
{_address("Billing", "Shipping")}""",
    "Deals": """
Deal_Name        text     120 mandatory
Stage            picklist 120 mandatory
Pipeline         picklist 120
Amount           currency 16
Closing_Date     date     20
Probability      percent  5
Account_Name     lookup   120 >Accounts
Contact_Name     lookup   120 >Contacts
Campaign_Source  lookup   120 >Campaigns
Lead_Source      picklist 120
Type             picklist 120
Next_Step        text     100
""",
    "Campaigns": """
Campaign_Name      text     200 mandatory
Type               picklist 120
Status             picklist 120
Start_Date         date     20
End_Date           date     20
Budgeted_Cost      currency 16
Actual_Cost        currency 16
Expected_Revenue   currency 16
Expected_Response  bigint   18
Num_sent           bigint   18
""",
    "Tasks": """
Subject                  text     255 mandatory
Due_Date                 date     20
Status                   picklist 120
Priority                 picklist 120
Who_Id                   lookup   120 >Contacts
What_Id                  lookup   120 >se_module
Send_Notification_Email  boolean  5
Remind_At                ALARM    0
Recurring_Activity       RRULE    0
Closed_Time              datetime 120 read-only
""",
    "Cases": """
Case_Origin    picklist 120 mandatory
Status         picklist 120 mandatory
Subject        text     255 mandatory
Case_Number    bigint   18  read-only
Type           picklist 120
Priority       picklist 120
Case_Reason    picklist 120
Account_Name   lookup   120 >Accounts
Deal_Name      lookup   120 >Deals
Product_Name   lookup   120 >Products
Reported_By    text     50
Email          email    100
Phone          phone    30
Internal_Comments  textarea 3000
Solution       textarea 32000
""",
    "Events": """
Event_Title         text     255 mandatory
Start_DateTime      datetime 120 mandatory
End_DateTime        datetime 120 mandatory
All_day             boolean  5
Venue               text     255
Participants        participants 0
Who_Id              lookup   120 >Contacts
What_Id             lookup   120 >se_module
Remind_At           multireminder 0
Recurring_Activity  RRULE    0
""",
    "Calls": """
Subject               text     255 mandatory
Call_Type             picklist 120 mandatory
Call_Start_Time       datetime 120 mandatory
Call_Duration         text     120 mandatory
Call_Purpose          picklist 120
Call_Result           picklist 120
Call_Agenda           textarea 32000
Outbound_Call_Status  picklist 120
Who_Id                lookup   120 >Contacts
What_Id               lookup   120 >se_module
Reminder              picklist 120
""",
    "Solutions": """
Solution_Title   text     120 mandatory
Solution_Number  bigint   18  read-only
Status           picklist 120
Product_Name     lookup   120 >Products
Question         textarea 3000
Reply           textarea 32000
Published        boolean  5
""",
    "Products": """
Product_Name       text     200 mandatory
Product_Code       text     40
Product_Category   picklist 120
Product_Active     boolean  5
Vendor_Name        lookup   120 >Vendors
Manufacturer       picklist 120
Sales_Start_Date   date     20
Unit_Price         currency 16
Commission_Rate    currency 16
Taxable            boolean  5
Tax                multiselectpicklist 255
Qty_in_Stock       double   16
Record_Image       imageupload 0
""",
    "Vendors": """
Vendor_Name  text     120 mandatory
Email        email    100
Phone        phone    30
Website      website  255
Category     text     50
GL_Account   picklist 120
Street       text     250
City         text     100
State        text     100
Zip_Code     text     30
Country      text     100
""",
    "Price_Books": """
Price_Book_Name  text     120 mandatory
Pricing_Details  subform  0   mandatory
Pricing_Model    picklist 120
Active           boolean  5
""",
    "Quotes": _inventory(
        "Quoted_Items",
        "Quote_Stage picklist 120\nDeal_Name lookup 120 >Deals\nValid_Till date 20\nTeam text 50",
    ),
    "Sales_Orders": _inventory(
        "Ordered_Items",
        "Status picklist 120\nDeal_Name lookup 120 >Deals\nQuote_Name lookup 120 >Quotes\n"
        "Due_Date date 20\nCarrier picklist 120\nPending text 50",
    ),
    "Purchase_Orders": _inventory(
        "Purchased_Items",
        "Vendor_Name lookup 120 mandatory >Vendors\nPO_Number text 50\nPO_Date date 20\n"
        "Due_Date date 20\nStatus picklist 120\nCarrier picklist 120",
    ),
    "Invoices": _inventory(
        "Invoiced_Items",
        "Status picklist 120\nSales_Order lookup 120 >Sales_Orders\nInvoice_Date date 20\n"
        "Due_Date date 20\nPurchase_Order text 50",
    ),
    "Appointments": """
Appointment_Name          text     255 read-only
Appointment_For           lookup   120 >Contacts
Service_Name              lookup   120 >Services
Appointment_Start_Time    datetime 120
Appointment_End_Time      datetime 120
Status                    picklist 120
Location                  picklist 120
Price                     currency 16
Job_Sheet_Required        picklist 120
Job_Sheet_Section         jsonobject 0
Reminder                  multireminder 0
Additional_Information    textarea 32000
""",
    "Appointments_Rescheduled_History": """
Appointment_Name    lookup   120 >Appointments
Rescheduled_From    datetime 120
Rescheduled_To      datetime 120
Rescheduled_Time    datetime 120
Rescheduled_By      ownerlookup 120
Rescheduled_Reason  picklist 120
Reschedule_Note     textarea 2000
""",
    "Services": """
Service_Name        text     255
Duration            integer  9
Price               currency 16
Location            picklist 120
Members             multiuserlookup 0
Available_From      date     20
Available_Till      date     20
Job_Sheet_Required  boolean  5
""",
    "Notes": """
Note_Title    text     120
Note_Content  textarea 32000
Parent_Id     lookup   120
""",
}
