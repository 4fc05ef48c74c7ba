package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.LoggingEvent;
import org.slf4j.spi.LoggingEventAware;

class RefusalLogTest {
  private final List<String> lines = new ArrayList<>();
  private long now = 1_000_000;
  private final RefusalLog log = new RefusalLog(clock(), "Thing refused", logger());

  /** Notes what is logged: level, message, keys and values. */
  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            RefusalLogTest.class.getClassLoader(),
            new Class<?>[] {Logger.class, LoggingEventAware.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("isWarnEnabled")) {
                return true;
              }
              if (method.getDeclaringClass() == LoggingEventAware.class) {
                LoggingEvent event = (LoggingEvent) arguments[0];
                lines.add(event.getLevel() + " " + event.getMessage() + event.getKeyValuePairs());
                return null;
              }
              return InvocationHandler.invokeDefault(proxy, method, arguments);
            });
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return Instant.ofEpochMilli(now);
      }
    };
  }

  private void refuse(int host, String reason) {
    InetSocketAddress peer = new InetSocketAddress("127.0.0." + host, 9000);
    log.refused(FakeRequest.of("POST", "/things").from(peer), reason);
  }

  @Test
  void tellsWhoWasRefusedAndWhyByTheFirstLineOfTheAnswer() {
    refuse(7, "too old\nand more");

    assertThat(lines)
        .containsExactly(
            "WARN Thing refused[client=\"/127.0.0.7:9000\", err=\"too old\", more_before=\"0\"]");
  }

  @Test
  void tellsOnceAMinuteAndThenHowManyThereWere() {
    refuse(1, "first");
    now += 59_999;
    refuse(1, "second");
    refuse(2, "third");
    assertThat(lines).hasSize(1);

    now += 1;
    refuse(2, "fourth");
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast()).contains("err=\"fourth\", more_before=\"2\"");

    now += 60_000;
    refuse(2, "fifth");
    assertThat(lines.getLast()).contains("err=\"fifth\", more_before=\"0\"");
  }
}
