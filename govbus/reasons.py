"""The closed list of reason codes: each refusal and quarantine carries one, with the role that must act and what to do.

The codes are metric label values and column values in departments' tables, so they never change meaning; new ones are appended.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A reason code. ``owner`` is ``source`` (the department that sent it), ``holder`` (the one asked) or ``gov-data`` (the bus)."""

    owner: str
    meaning: str
    fix: str

    def __new__(cls, code: str, owner: str, meaning: str, fix: str) -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.owner, member.meaning, member.fix = owner, meaning, fix
        return member

    # what the bytes are
    UNDECODABLE = "UNDECODABLE", "source", "the value is not a whole Avro record of its schema", "send it again with the released schema"
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA", "source", "the schema id is not in the release", "release the schema first: govbus schemas check"
    WRONG_SCHEMA = "WRONG_SCHEMA", "source", "the schema is released, but not for this topic", "write the record to its own topic"
    BAD_HEADER = (
        "BAD_HEADER",
        "source",
        "a CloudEvents header is missing or malformed",
        "use a bus adapter, or set the ce_ headers of design §5",
    )
    BAD_KEY = "BAD_KEY", "source", "the key is not the keyed hash of the record's subject", "renew the adapter's subject key"
    TOO_LARGE = "TOO_LARGE", "source", "the record is larger than the topic allows", "shorten free text; a proof request has no attachments"
    # who speaks
    UNKNOWN_DEPARTMENT = "UNKNOWN_DEPARTMENT", "source", "no such department in the catalogue", "use the id of topics/departments.yaml"
    SOURCE_MISMATCH = "SOURCE_MISMATCH", "source", "the record names another department than its topic's owner", "send under your own id"
    # what is asked, and by which right
    UNKNOWN_ITEM = "UNKNOWN_ITEM", "source", "no exchange serves this proof item", "see govbus exchanges list"
    NO_PURPOSE = "NO_PURPOSE", "source", "the request names no purpose", "state the purpose of the matter (条例 Art 20, 25)"
    NO_LEGAL_BASIS = "NO_LEGAL_BASIS", "source", "the request names no legal basis", "cite the article that lets you ask (条例 Art 20)"
    NO_OFFICER = "NO_OFFICER", "source", "the request names no officer", "send the id of the officer who asks"
    NO_GRANT = "NO_GRANT", "source", "the department has no grant for this item, purpose and date", "apply to the holder (条例 Art 20)"
    BAD_CLAIM = "BAD_CLAIM", "source", "a claim is missing, unknown or malformed", "see govbus exchanges list for the item's claims"
    BAD_ID_FORM = "BAD_ID_FORM", "source", "the identifier has not the form of its type", "enter the number again from the document"
    BAD_CHECK_DIGIT = "BAD_CHECK_DIGIT", "source", "the identifier's check digit is wrong", "enter the number again; the bus does not guess"
    BAD_DATE = "BAD_DATE", "source", "a date does not exist", "enter the date again"
    ID_CONFLICT = "ID_CONFLICT", "source", "an id was used again with other bytes", "raise the row's version when you change it"
    # the holder's side
    HOLDER_SILENT = (
        "HOLDER_SILENT",
        "holder",
        "the holder did not answer in time",
        "ask again, or check by another way; silence is not a no",
    )
    HOLDER_UNAVAILABLE = (
        "HOLDER_UNAVAILABLE",
        "holder",
        "the holder's own database cannot be read",
        "holder: start it; asker: ask again later",
    )
    LATE_ANSWER = "LATE_ANSWER", "holder", "the answer came after the verdict", "none; the request can be made again"
    UNASKED_ANSWER = "UNASKED_ANSWER", "holder", "no such question was put to this holder", "holder: check who writes to its answer topic"
    # files
    BAD_ENCODING = "BAD_ENCODING", "source", "the file is not in its declared encoding", "export it again as declared"
    BAD_CHECKSUM = "BAD_CHECKSUM", "source", "the file does not match its checksum", "copy the file again, then its ready-file"
    WRONG_COLUMNS = "WRONG_COLUMNS", "source", "the file's columns are not the declared ones", "export it with the declared header"
    BAD_ROW = (
        "BAD_ROW",
        "source",
        "a row has the wrong number of fields or a value outside its code table",
        "correct the row and send it again",
    )
    # ours
    SHAPE_FAILED = "SHAPE_FAILED", "gov-data", "the exchange's rule raised on this record", "report it with its place; retry after the fix"
    EXCHANGE_PAUSED = (
        "EXCHANGE_PAUSED",
        "gov-data",
        "the exchange is paused, and as many requests wait as may",
        "govbus exchanges resume, then govbus quarantine retry",
    )
    UNKNOWN_EXCHANGE = "UNKNOWN_EXCHANGE", "gov-data", "no exchange has this id", "see govbus exchanges list"
    HOLDERS_DISAGREE = (
        "HOLDERS_DISAGREE",
        "holder",
        "two holders have records that say different things",
        "holders: verify and correct (条例 Art 26, 校核); asker: decide by hand",
    )
    TOO_MANY_TRIES = (
        "TOO_MANY_TRIES",
        "source",
        "more different declarations about one person in one day than the exchange allows",
        "clear the person's declaration up first; trying values until one matches is misuse (条例 Art 25)",
    )
    ASSIST_OVERDUE = (
        "ASSIST_OVERDUE",
        "holder",
        "the holder's people did not answer within their working days",
        "holder: govbus tasks list; asker: decide by hand; silence is not a no",
    )
    # cases
    CASE_BAD_ID = (
        "CASE_BAD_ID",
        "source",
        "the id of a case is not <exchange>.<number of your own>, or holds a person's number",
        "name the case by its exchange and your own file number",
    )
    CASE_EXISTS = "CASE_EXISTS", "source", "a case of this person has this id already", "open the next case under another number"
    CASE_UNKNOWN = "CASE_UNKNOWN", "source", "no such case of this person is known", "open the case first, and keep the key of its person"
    CASE_NO_SUCH_MOVE = "CASE_NO_SUCH_MOVE", "source", "the exchange declares no such move", "see docs/commitments.md for the moves"
    CASE_WRONG_STATE = (
        "CASE_WRONG_STATE",
        "source",
        "the case is not in a state in which this is lawful",
        "look at the state in the answer; docs/commitments.md says what may follow",
    )
    CASE_WRONG_DEPARTMENT = "CASE_WRONG_DEPARTMENT", "source", "another department has to make this move", "leave it to that department"
    CASE_FIELD = (
        "CASE_FIELD",
        "source",
        "a field that the move needs is missing, unknown or malformed",
        "give the fields that the move needs",
    )
    CASE_NO_DECIDER = "CASE_NO_DECIDER", "source", "a person must decide this, and none is named", "send the staff code of who decided"
    CASE_SAME_DECIDER = (
        "CASE_SAME_DECIDER",
        "source",
        "the same person decided what this move must be independent of",
        "let somebody else decide (four eyes)",
    )
    CASE_OTHER_ITEM = (
        "CASE_OTHER_ITEM",
        "source",
        "the check is of another item, or another department's, than the case that it names",
        "ask for the case's own item, under your own case",
    )
    SUBJECT_EXCLUDED = (
        "SUBJECT_EXCLUDED",
        "source",
        "an earlier false promise of the person is not repaired",
        "ask for the proof itself, or let the person repair the credit first (国办发〔2020〕42号)",
    )
    # standings: what may not move anybody
    UNKNOWN_CODE = (
        "UNKNOWN_CODE",
        "source",
        "a coded field has a value outside its closed list",
        "map it in the adapter, then send it again",
    )
    NO_REASON_CLASS = (
        "NO_REASON_CLASS",
        "source",
        "the record gives no reason of the exchange's closed list",
        "none; nobody's standing may be moved for another purpose (传染病防治法 Art 13)",
    )
    NO_ORDER = "NO_ORDER", "source", "an order lacks its number, operator, approver or reason", "complete the order and send it again"
    FOUR_EYES = "FOUR_EYES", "source", "operator and approver are one person", "have somebody else approve it"
    NO_TIME_LIMIT = "NO_TIME_LIMIT", "source", "an override has no end, or a later one than may be", "give it an end within the limit"
    NOT_OVERRIDABLE = (
        "NOT_OVERRIDABLE",
        "source",
        "this assertion may not be suppressed by hand, and a base level cannot be set by hand",
        "correct the source record, or issue the release order",
    )
    UNKNOWN_ASSERTION = (
        "UNKNOWN_ASSERTION",
        "source",
        "no assertion can have this id",
        "take the id from the explanation of the standing",
    )
    WHOLE_AREA = (
        "WHOLE_AREA",
        "source",
        "an order covers more than may be ordered without confirmation from above",
        "name the town or village, or the body that confirmed the order",
    )
    REMOTE_SCAN = (
        "REMOTE_SCAN",
        "source",
        "the person was not where the code was scanned, or nobody knows",
        "none; a scan from elsewhere moves nobody",
    )
    NO_RULE = "NO_RULE", "source", "no rule set was in force at this place and time", "check division and time; add the place's rule set"
    TOO_OLD = (
        "TOO_OLD",
        "source",
        "the record is older than facts are remembered, so it may have been over and forgotten",
        "issue a new order about it",
    )
    # purposes that end
    PURPOSE_OVER = (
        "PURPOSE_OVER",
        "source",
        "the purpose of the record has ended by order, and its keys are destroyed",
        "none; stop what sends it, and delete your own copy too (突发公共卫生事件应对法 Art 8)",
    )
    NOT_ENCRYPTED = (
        "NOT_ENCRYPTED",
        "source",
        "the record is in plain, and its purpose asks for encryption",
        "send it through a bus adapter that has the purpose's key",
    )
