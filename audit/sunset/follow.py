"""The same end in another home that has the key: a department's machine, which has no login to read topics or approvals with.

It goes by the receipt of the home in which the order was given, brought there by a person; no broker is asked.
"""

import time
from pathlib import Path

from audit.sunset import order, receipt
from audit.sunset.receipt import Data
from govbus.errors import SetupError
from govbus.settings import Home
from schemas import purposes


def follow(home: Home, path: Path, exports: tuple[Path, ...] = ()) -> Data:
    """Destroy this home's keys and plaintext of the receipt's purpose, or go on with it; this home's own receipt.

    :raises SetupError: no receipt, one that has not come to its end, one of another order, or this is the home of the order itself
    """
    given = receipt.read(path)
    if given is None or given["ended"] is None:
        msg = f"{path} is no receipt of an order that has come to its end: copy sunsets/<purpose>.json from the home where it was given"
        raise SetupError(msg)
    order.known(given["purpose"])
    own = purposes.ended(home.folder, given["purpose"])
    begun = receipt.read(own)
    if begun and (begun["order"] != given["order"] or receipt.FOLLOWS not in begun):
        msg = f"{own} is there, of order {begun['order']} as it was given here: repeat 'govbus sunset order' with that number"
        raise SetupError(msg)
    told = begun or {**given, "keys": [], "files": [], "listed": None, "ended": None, receipt.FOLLOWS: receipt.digest(path)}
    if not begun:
        receipt.write(own, told)
        time.sleep(order.SETTLE_S)
    order.enlist(home, own, told, exports)
    order.destroy(home, own, told)
    return told
