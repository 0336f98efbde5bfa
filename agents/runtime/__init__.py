"""The only room that knows Faust and librdkafka: whole batches in, one fenced transaction out."""
