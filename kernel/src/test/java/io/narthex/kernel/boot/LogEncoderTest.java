package io.narthex.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogEncoderTest {
  private final LoggerContext context = new LoggerContext();

  @Test
  void takesKeysOutOfTheMessagePattern() {
    assertThat(logfmt("Plugin failed id={} reason=\"{}\"", "hello", "no extensions"))
        .endsWith(
            "level=WARN source=Thing msg=\"Plugin failed\" id=hello reason=\"no extensions\"\n");
  }

  @Test
  void leavesOtherPatternsAlone() {
    assertThat(logfmt("{} of {} done", 1, 2)).endsWith("msg=\"1 of 2 done\"\n");
    assertThat(logfmt("plain")).endsWith("msg=plain\n");
    assertThat(logfmt("a={} then text", 1)).endsWith("msg=\"a=1 then text\"\n");
    assertThat(logfmt("read {} bytes file={}", 5, "x")).endsWith("msg=\"read 5 bytes file=x\"\n");
  }

  @Test
  void appendsTheKeysOfTheFluentInterface() {
    LoggingEvent event = event("Listening", new Object[0]);
    event.setKeyValuePairs(
        List.of(new KeyValuePair("address", "[::]:9090"), new KeyValuePair("tls", false)));

    assertThat(encode(new LogEncoder(false), event))
        .endsWith("msg=Listening address=[::]:9090 tls=false\n");
  }

  @Test
  void keepsEachEventOnOneLineWhateverTheValuesAre() {
    String line = logfmt("odd value={}", "a\nlevel=ERROR msg=forged \"quoted\" \u0007 back\\slash");

    assertThat(line).hasLineCount(1);
    assertThat(line)
        .endsWith("value=\"a\\nlevel=ERROR msg=forged \\\"quoted\\\" \\u0007 back\\\\slash\"\n");
    assertThat(logfmt("empty value={}", "")).endsWith("value=\"\"\n");
  }

  @Test
  void writesJson() {
    assertThat(encode(new LogEncoder(true), event("Plugin failed id={}", new Object[] {"he\"llo"})))
        .matches(
            "\\{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"WARN\",\"source\":\"Thing\","
                + "\"msg\":\"Plugin failed\",\"id\":\"he\\\\\"llo\"\\}\n");
  }

  @Test
  void addsTheStackOfAnException() {
    LoggingEvent event =
        new LoggingEvent(
            "",
            context.getLogger("a.b.Thing"),
            Level.ERROR,
            "broken",
            new IllegalStateException("why"),
            null);

    assertThat(encode(new LogEncoder(false), event))
        .contains("msg=broken stack=\"java.lang.IllegalStateException: why\\n\\tat ")
        .hasLineCount(1);
  }

  private String logfmt(String pattern, Object... arguments) {
    return encode(new LogEncoder(false), event(pattern, arguments));
  }

  private LoggingEvent event(String pattern, Object[] arguments) {
    LoggingEvent event =
        new LoggingEvent("", context.getLogger("a.b.Thing"), Level.WARN, pattern, null, arguments);
    event.setInstant(java.time.Instant.ofEpochMilli(1_700_000_000_123L));
    return event;
  }

  private static String encode(LogEncoder encoder, LoggingEvent event) {
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
