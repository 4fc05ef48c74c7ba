package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Filesystem;
import io.narthex.exporter.node.SystemCalls.FileSystemStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FilesystemCollectorTest {
  private static final FileSystemStatus STATUS = new FileSystemStatus(4096, 1000, 500, 400, 80, 70);

  @TempDir Path directory;
  private Machine machine;

  @BeforeEach
  void start() {
    machine = new Machine(directory);
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private static String line(String mountPoint, String type, String device) {
    return "29 1 259:2 / "
        + mountPoint
        + " rw,relatime shared:1 - "
        + type
        + " "
        + device
        + " rw,errors=remount-ro\n";
  }

  private static String labels(String device, String type, String mountPoint, String error) {
    return "device=\""
        + device
        + "\",device_error=\""
        + error
        + "\",fstype=\""
        + type
        + "\",mountpoint=\""
        + mountPoint
        + "\"";
  }

  @Test
  void reportsSizesAndWhatIsMounted() {
    machine.proc("1/mountinfo", line("/", "ext4", "/dev/sda1"));
    machine.calls.mounts.put("/", () -> STATUS);

    Page page = machine.scrape("filesystem");

    String labels = labels("/dev/sda1", "ext4", "/", "");
    assertThat(page.value("node_filesystem_size_bytes", labels)).isEqualTo(4_096_000);
    assertThat(page.value("node_filesystem_free_bytes", labels)).isEqualTo(2_048_000);
    assertThat(page.value("node_filesystem_avail_bytes", labels)).isEqualTo(1_638_400);
    assertThat(page.value("node_filesystem_files", labels)).isEqualTo(80);
    assertThat(page.value("node_filesystem_files_free", labels)).isEqualTo(70);
    assertThat(page.value("node_filesystem_readonly", labels)).isZero();
    assertThat(page.value("node_filesystem_device_error", labels)).isZero();
    assertThat(page.value("node_filesystem_purgeable_bytes", labels)).isZero();
    assertThat(page.samples("node_filesystem_mount_info"))
        .containsOnlyKeys(
            "node_filesystem_mount_info{device=\"/dev/sda1\",major=\"259\",minor=\"2\",mountpoint=\"/\"}");
    assertThat(page.families.get("node_filesystem_mount_info").type).isEqualTo("gauge");
  }

  @Test
  void reportsAnErrorInsteadOfSizes() {
    machine.proc("1/mountinfo", line("/gone", "ext4", "/dev/sda1"));

    Page page = machine.scrape("filesystem");

    String labels = labels("/dev/sda1", "ext4", "/gone", "no such file or directory");
    assertThat(page.value("node_filesystem_device_error", labels)).isEqualTo(1);
    assertThat(page.value("node_filesystem_readonly", labels)).isZero();
    assertThat(page.samples("node_filesystem_size_bytes")).isEmpty();
    assertThat(page.succeeded("filesystem")).isTrue();
  }

  @Test
  void leavesOutTheKernelsOwnFileSystemsByDefault() {
    machine.proc(
        "1/mountinfo",
        line("/", "ext4", "/dev/sda1")
            + line("/proc", "proc", "proc")
            + line("/dev/shm", "tmpfs", "tmpfs")
            + line("/mnt", "overlay", "overlay")
            + line("/var/lib/docker/overlay2/x", "ext4", "/dev/sdb")
            + line("/development", "ext4", "/dev/sdc"));
    machine.calls.mounts.put("/", () -> STATUS);
    machine.calls.mounts.put("/development", () -> STATUS);

    assertThat(machine.scrape("filesystem").samples("node_filesystem_size_bytes")).hasSize(2);
  }

  @Test
  void seesThatAMountOrItsFileSystemIsReadOnly() {
    machine.proc(
        "1/mountinfo",
        "1 1 8:1 / /a ro,relatime - ext4 /dev/a rw\n"
            + "1 1 8:2 / /b rw,relatime shared:1 master:2 - ext4 /dev/b rw,ro\n"
            + "1 1 8:3 / /c rw,errors=remount-ro - ext4 /dev/c rw,errors=remount-ro\n");
    for (String path : new String[] {"/a", "/b", "/c"}) {
      machine.calls.mounts.put(path, () -> STATUS);
    }

    Page page = machine.scrape("filesystem");

    assertThat(page.value("node_filesystem_readonly", labels("/dev/a", "ext4", "/a", "")))
        .isEqualTo(1);
    assertThat(page.value("node_filesystem_readonly", labels("/dev/b", "ext4", "/b", "")))
        .isEqualTo(1);
    assertThat(page.value("node_filesystem_readonly", labels("/dev/c", "ext4", "/c", ""))).isZero();
  }

  @Test
  void asksForThePlaceThatAnEscapedNameStandsFor() {
    machine.proc("1/mountinfo", line("/a\\040b\\134c", "ext4", "/dev/a"));
    machine.calls.mounts.put("/a b\\c", () -> STATUS);

    Page page = machine.scrape("filesystem");

    // As upstream: only blanks and tabs are written out in the label.
    assertThat(page.samples("node_filesystem_size_bytes").keySet().toString())
        .contains("mountpoint=\"/a b\\\\134c\"");
  }

  @Test
  void reportsAMountOnceWhenItStandsInTheTableTwice() {
    machine.proc("1/mountinfo", line("/", "ext4", "/dev/a") + line("/", "ext4", "/dev/a"));
    machine.calls.mounts.put("/", () -> STATUS);

    assertThat(machine.scrape("filesystem").samples("node_filesystem_size_bytes")).hasSize(1);
  }

  @Test
  void seesAMountThatComesAndGoes() {
    machine.calls.mounts.put("/", () -> STATUS);
    machine.calls.mounts.put("/mnt", () -> STATUS);
    machine.proc("1/mountinfo", line("/", "ext4", "/dev/a"));
    assertThat(machine.scrape("filesystem").samples("node_filesystem_size_bytes")).hasSize(1);

    machine.proc("1/mountinfo", line("/", "ext4", "/dev/a") + line("/mnt", "ext4", "/dev/b"));
    assertThat(machine.scrape().samples("node_filesystem_size_bytes")).hasSize(2);

    machine.proc("1/mountinfo", line("/", "ext4", "/dev/a"));
    assertThat(machine.scrape().samples("node_filesystem_size_bytes")).hasSize(1);
  }

  @Test
  void readsATableOfTenThousandLines() {
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      table.append(line("/mnt/" + i, "ext4", "/dev/d" + i));
      machine.calls.mounts.put("/mnt/" + i, () -> STATUS);
    }
    machine.proc("1/mountinfo", table.toString());

    Page page = machine.scrape("filesystem");

    assertThat(page.samples("node_filesystem_size_bytes")).hasSize(10_000);
    assertThat(page.samples("node_filesystem_device_error")).hasSize(10_000);
  }

  @Test
  void failsOnGarbage() {
    for (String garbage :
        new String[] {
          "29 1 x / / rw - ext4 a rw\n",
          "29 1 8 / / rw - ext4 a rw\n",
          "29 1 8:0 / / rw ext4 a rw\n",
          "29 1 8:0\n",
          "29 1 8:0 / / rw - ext4\n",
          "29 1 8:0 / / rw - ext4 a rw"
        }) {
      machine.proc("1/mountinfo", garbage);
      Page page = machine.scrape("filesystem");
      assertThat(page.succeeded("filesystem")).as(garbage).isFalse();
    }
  }

  @Test
  void failsWithoutATable() {
    assertThat(machine.scrape("filesystem").succeeded("filesystem")).isFalse();
  }

  @Test
  void takesItsOwnTableWhereThatOfProcessOneIsHidden() throws Exception {
    Path fixtures = SharedFixtures.find("node/node_exporter/fixtures_hidepid");
    Assumptions.assumeTrue(fixtures != null, "no ../shared/conformance/node beside the project");
    Path table = fixtures.resolve("proc/self/mountinfo");
    machine.proc("self/mountinfo", Files.readString(table));
    machine.calls.mounts.put("/", () -> STATUS);

    assertThat(machine.scrape("filesystem").samples("node_filesystem_size_bytes"))
        .containsOnlyKeys(
            "node_filesystem_size_bytes{" + labels("/dev/nvme0n1p2", "ext4", "/", "") + "}");
  }

  @Test
  void reportsMountPointsBelowTheRootThatIsSet() throws Exception {
    Path fixtures = SharedFixtures.find("node/node_exporter/fixtures_bindmount");
    Assumptions.assumeTrue(fixtures != null, "no ../shared/conformance/node beside the project");
    machine.rootfs = "/host";
    machine.proc("1/mountinfo", Files.readString(fixtures.resolve("proc/1/mountinfo")));
    for (String path : new String[] {"/host", "/host/media/volume1", "/host/media/volume2"}) {
      machine.calls.mounts.put(path, () -> STATUS);
    }

    assertThat(machine.scrape("filesystem").samples("node_filesystem_size_bytes"))
        .containsOnlyKeys(
            "node_filesystem_size_bytes{" + labels("/dev/nvme1n0", "ext4", "/", "") + "}",
            "node_filesystem_size_bytes{"
                + labels("/dev/nvme1n1", "ext4", "/media/volume1", "")
                + "}",
            "node_filesystem_size_bytes{"
                + labels("/dev/nvme1n2", "ext4", "/media/volume2", "")
                + "}");
  }

  @Test
  @Timeout(30)
  void givesUpAMountThatHangsAndAsksItAgainWhenItIsBack() throws Exception {
    machine.filesystem = new Filesystem(null, "", null, "", Duration.ofMillis(100), 1);
    CountDownLatch back = new CountDownLatch(1);
    CountDownLatch returned = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    machine.calls.mounts.put(
        "/nfs",
        () -> {
          asked.incrementAndGet();
          try {
            back.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          returned.countDown();
          return STATUS;
        });
    machine.calls.mounts.put("/", () -> STATUS);
    machine.proc("1/mountinfo", line("/nfs", "nfs4", "server:/") + line("/", "ext4", "/dev/a"));
    String hanging = labels("server:/", "nfs4", "/nfs", "mountpoint timeout");

    Page first = machine.scrape("filesystem");
    assertThat(first.value("node_filesystem_device_error", hanging)).isEqualTo(1);
    // The one worker hangs; another took its place for the other mount.
    assertThat(first.value("node_filesystem_size_bytes", labels("/dev/a", "ext4", "/", "")))
        .isNotNull();

    Page second = machine.scrape();
    assertThat(second.value("node_filesystem_device_error", hanging)).isEqualTo(1);
    assertThat(asked).hasValue(1);

    back.countDown();
    returned.await();
    Page page = machine.scrape();
    while (page.value("node_filesystem_device_error", hanging) != null) {
      Thread.onSpinWait(); // its thread is on its way back
      page = machine.scrape();
    }
    assertThat(page.value("node_filesystem_size_bytes", labels("server:/", "nfs4", "/nfs", "")))
        .isNotNull();
  }

  @Test
  @Timeout(30)
  void endsTheScrapeEvenWhenMoreMountsHangThanThereAreThreads() {
    machine.filesystem = new Filesystem(null, "", null, "", Duration.ofMillis(50), 4);
    CountDownLatch never = new CountDownLatch(1);
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      table.append(line("/nfs/" + i, "nfs4", "server:/" + i));
      machine.calls.mounts.put(
          "/nfs/" + i,
          () -> {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return STATUS;
          });
    }
    machine.proc("1/mountinfo", table.toString());

    for (int scrape = 0; scrape < 20; scrape++) {
      Page page = machine.scrape("filesystem");
      assertThat(page.samples("node_filesystem_device_error")).hasSize(500).containsValue(1.0);
    }
    never.countDown();
  }
}
