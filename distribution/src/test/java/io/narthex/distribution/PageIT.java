package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The query page in a real browser, against the running tarball. */
class PageIT {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

  @TempDir static Path temporary;

  @Test
  void theGraphOfAQueryIsDrawn() throws IOException {
    Figures.skipUnless(
        Files.isExecutable(CHROMIUM),
        CHROMIUM + " is not on this machine: no page is looked at here");
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    Path config = work.shippedConfig(installation);
    try (Child narthex = work.narthex(installation, config).start()) {
      Api api = work.api();
      api.awaitReady(narthex);
      String query = "sum by (mode) (rate(node_cpu_seconds_total[10s]))";
      // A line needs two points.
      narthex.await(
          "some seconds of samples",
          () ->
              api.data(
                      "/api/v1/query_range?query="
                          + Api.encoded(query)
                          + "&step=1&end="
                          + System.currentTimeMillis() / 1000
                          + "&start="
                          + (System.currentTimeMillis() / 1000 - 60))
                  .path("result")
                  .path(0)
                  .path("values")
                  .size(),
          size -> size >= 4);
      String page =
          api.base()
              + "/query?g0.expr="
              + Api.encoded(query)
              + "&g0.tab=graph&g0.range_input=1m&g0.res_type=custom&g0.res_step=1";

      // An address with a password in it, as people keep them: browsers fetch nothing from such.
      String kept = page.replaceFirst("://", "://who:ever@");
      Ended dump = chromium("--dump-dom", "--virtual-time-budget=15000", kept).run();

      assertThat(dump.status()).as(dump.err()).isZero();
      // Without the part for browsers that run no scripts.
      String dom = dump.out().replaceAll("(?s)<noscript>.*?</noscript>", "");
      int series = api.query(query).size();
      assertThat(dom)
          .contains("class=\"chart\"", "<canvas", "role=\"status\">" + series + " series ")
          .doesNotContain("note error");
      assertThat(dom.substring(dom.indexOf("class=\"legend\"")))
          .contains("data-index=\"" + (series - 1) + "\"", "idle", "system", "user");

      Path picture = Path.of("target").toAbsolutePath().resolve("query-page.png");
      Ended shot =
          chromium(
                  "--screenshot=" + picture,
                  "--window-size=1200,900",
                  "--virtual-time-budget=15000",
                  page)
              .run();
      assertThat(shot.status()).as(shot.err()).isZero();
      assertThat(colours(picture)).as("colours of " + picture).hasSizeGreaterThan(20);
    }
  }

  private static Set<Integer> colours(Path picture) throws IOException {
    BufferedImage image = ImageIO.read(picture.toFile());
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y));
      }
    }
    return colours;
  }

  private static Launch chromium(String... arguments) throws IOException {
    return Launch.of(
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + Files.createTempDirectory(temporary, "browser"))
        .and(arguments)
        .with("PATH", "/usr/bin:/bin")
        .with("HOME", Files.createTempDirectory(temporary, "home").toString());
  }
}
