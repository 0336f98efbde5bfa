import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The bare job on Kafka Streams: BOOTSTRAP SOURCE TARGET GROUP at_least_once|exactly_once_v2 STATE_FOLDER; runs until SIGTERM. */
public final class BareJob implements Processor<byte[], byte[], byte[], byte[]> {
  private static final String STORE = "seen";

  private final Schema result = schema("result");
  private final GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema("request"));
  private final GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(result);
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;
  private GenericRecord request;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], Integer> seen;

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    this.seen = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    try {
      context.forward(record.withValue(work(record.key(), record.value())));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private byte[] work(byte[] key, byte[] value) throws IOException {
    decoder = DecoderFactory.get().binaryDecoder(value, decoder);
    request = reader.read(request, decoder);
    int counter = (Integer) request.get("counter");
    Integer known = seen.get(key);
    int previous = known == null ? -1 : known;
    seen.put(key, Math.max(counter, previous));
    GenericRecord out = new GenericData.Record(result);
    out.put("sent_us", request.get("sent_us"));
    out.put("subject", request.get("subject"));
    out.put("counter", counter);
    out.put("previous", previous);
    out.put("department", request.get("department"));
    out.put("outcome", counter > previous ? "new" : "seen");
    bytes.reset();
    encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
    writer.write(out, encoder);
    return bytes.toByteArray();
  }

  private static Schema schema(String name) {
    try (InputStream text = BareJob.class.getResourceAsStream("/" + name + ".avsc")) {
      return new Schema.Parser().parse(text);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  public static void main(String[] words) throws InterruptedException {
    Topology topology = new Topology();
    topology.addSource("in", Serdes.ByteArray().deserializer(), Serdes.ByteArray().deserializer(), words[1]);
    topology.addProcessor("job", BareJob::new, "in");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.ByteArray(), Serdes.Integer())
            .withLoggingDisabled()
            .withCachingDisabled(),
        "job");
    topology.addSink("out", words[2], Serdes.ByteArray().serializer(), Serdes.ByteArray().serializer(), "job");
    KafkaStreams streams = new KafkaStreams(topology, settings(words));
    CountDownLatch ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(70);
          return null;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close();
      ended.countDown();
    }));
    streams.start();
    ended.await();
  }

  private static Properties settings(String[] words) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, words[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, words[3]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, words[4]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, words[5]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    // Kafka Streams waits 100 ms for a fuller batch unless told; 5 ms is the plain clients' default, Java's and librdkafka's.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
    return settings;
  }
}
