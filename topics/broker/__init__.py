"""The way to Kafka for everything but the agents. Only the modules of this folder know kafka-python.

with broker.producer(home, "housing") as out:
    results = out.send_all(envelopes)          # one Position or BusError each
with broker.consumer(home, "housing", ["housing.verdict"], "housing.verdict-sink") as inlet:
    records = inlet.poll(500, timeout_s=1.0)   # then make them durable, then:
    inlet.commit()                             # exactly what was handed out
"""

from topics.broker.admin import Admin, Quota
from topics.broker.admin import open_admin as admin
from topics.broker.consumer import Consumer, Record, Tail, consumer, scan
from topics.broker.producer import Delivery, Position, Producer, producer

__all__ = ["Admin", "Consumer", "Delivery", "Position", "Producer", "Quota", "Record", "Tail", "admin", "consumer", "producer", "scan"]
