package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** On the machine that the test runs on. */
@EnabledOnOs(OS.LINUX)
class LibcTest {
  private final Libc libc = new Libc();

  @Test
  void asksAFileSystemForTheSameAsJavaDoes() throws Exception {
    FileStore store = Files.getFileStore(Path.of("/"));
    SystemCalls.FileSystemStatus status = libc.statfs("/");

    assertThat(status.blocks() * status.blockSize()).isEqualTo(store.getTotalSpace());
    assertThat(status.free()).isBetween(status.available(), status.blocks());
    assertThat(status.filesFree()).isBetween(0L, status.files());
  }

  @Test
  void givesTheKernelsErrorInGosWords() {
    assertThatThrownBy(() -> libc.statfs("/no/such/place"))
        .isInstanceOfSatisfying(
            KernelException.class,
            e -> {
              assertThat(e.errno()).isEqualTo(2);
              assertThat(e.text()).isEqualTo("no such file or directory");
              assertThat(e).hasMessage("cannot call statfs: no such file or directory");
            });
  }

  @Test
  void namesTheSystemAsTheKernelDoes() throws Exception {
    SystemCalls.Uname uname = libc.uname();

    assertThat(uname.sysname()).isEqualTo(read("ostype"));
    assertThat(uname.release()).isEqualTo(read("osrelease"));
    assertThat(uname.version()).isEqualTo(read("version"));
    assertThat(uname.nodename()).isEqualTo(read("hostname"));
    assertThat(uname.domainname()).isEqualTo(read("domainname"));
    assertThat(uname.machine()).isNotEmpty();
  }

  private static String read(String name) throws Exception {
    return Files.readString(Path.of("/proc/sys/kernel", name)).strip();
  }

  @Test
  void knowsTheLocalZone() throws Exception {
    Instant now = Instant.now();
    SystemCalls.LocalZone zone = libc.localZone(now.getEpochSecond());

    assertThat(zone.offsetSeconds())
        .isEqualTo(ZoneId.systemDefault().getRules().getOffset(now).getTotalSeconds());
    assertThat(zone.abbreviation()).isNotEmpty();
  }

  @Test
  void seesTheNetworkDevicesOfTheKernelsFile() throws Exception {
    Map<String, long[]> links = new LinkedHashMap<>();
    libc.links((name, counters) -> links.put(name, counters.clone()));

    String[] expected =
        Files.readAllLines(Path.of("/proc/net/dev")).stream()
            .skip(2)
            .map(line -> line.substring(0, line.indexOf(':')).strip())
            .toArray(String[]::new);
    assertThat(links).containsOnlyKeys(expected);
  }

  @Test
  void refusesNetlinkAnswersThatAreGarbageWithoutReadingBeyondThem() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 20_000; i++) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (bytes.length >= 6) {
          // Often enough a device's message of a length that fits.
          bytes[0] = (byte) random.nextInt(bytes.length + 1);
          bytes[1] = 0;
          bytes[2] = 0;
          bytes[3] = 0;
          bytes[4] = 16;
          bytes[5] = 0;
        }
        MemorySegment answer = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
        MemorySegment.copy(bytes, 0, answer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        try {
          Libc.messages(answer, new long[LinkCounter.values().length], (name, counters) -> {});
        } catch (java.io.IOException e) {
          assertThat(e).as("seed %s", seed).hasMessageStartingWith("cannot ");
        }
      }
    }
  }
}
