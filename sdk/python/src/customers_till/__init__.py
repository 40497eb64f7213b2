"""A till's client of Customers & Identification."""

from customers_till.client import TillClient as TillClient
from customers_till.errors import ApiError as ApiError
from customers_till.errors import CustomersError as CustomersError
from customers_till.errors import DeadlineExceeded as DeadlineExceeded
from customers_till.errors import Forbidden as Forbidden
from customers_till.errors import IdempotencyInProgress as IdempotencyInProgress
from customers_till.errors import IdempotencyKeyReused as IdempotencyKeyReused
from customers_till.errors import InternalError as InternalError
from customers_till.errors import InvalidApiKey as InvalidApiKey
from customers_till.errors import NetworkError as NetworkError
from customers_till.errors import NotFound as NotFound
from customers_till.errors import PayloadTooLarge as PayloadTooLarge
from customers_till.errors import RateLimited as RateLimited
from customers_till.errors import Superseded as Superseded
from customers_till.errors import TokenError as TokenError
from customers_till.errors import UnexpectedAnswer as UnexpectedAnswer
from customers_till.errors import UpstreamUnavailable as UpstreamUnavailable
from customers_till.errors import ValidationError as ValidationError
from customers_till.lookup import LookupAnswer as LookupAnswer
from customers_till.money import Money as Money
from customers_till.offline.entry import Entry as Entry
from customers_till.offline.errors import JournalBusy as JournalBusy
from customers_till.offline.errors import JournalDamaged as JournalDamaged
from customers_till.offline.errors import JournalError as JournalError
from customers_till.offline.errors import JournalKeyError as JournalKeyError
from customers_till.offline.journal import Journal as Journal
from customers_till.phone import PhoneError as PhoneError
from customers_till.phone import mask_phone as mask_phone
from customers_till.phone import normalise_phone as normalise_phone
from customers_till.recorder import Flushed as Flushed
from customers_till.recorder import Recorder as Recorder
from customers_till.types import Answer as Answer
from customers_till.types import Customer as Customer
from customers_till.types import CustomerContext as CustomerContext
from customers_till.types import EventBody as EventBody
from customers_till.types import EventData as EventData
from customers_till.types import LookupData as LookupData
from customers_till.types import SessionContext as SessionContext
from customers_till.types import SessionData as SessionData
from customers_till.types import UnclaimedCashback as UnclaimedCashback

__version__ = "0.1.0"
