package io.narthex.api;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts Jazzer, which stands in the class path of the profile {@code fuzz} alone. A fuzz target is
 * a class with {@code public static void fuzzerTestOneInput(byte[])}; it needs no Jazzer itself, so
 * that a test runs it in every build.
 */
public final class Jazzer {
  private Jazzer() {}

  /**
   * Fuzzes until the time is over or something is found; ends the process. What it finds it leaves
   * in {@code target/fuzz/<name of the class>}.
   *
   * @param seeds inputs to begin with
   * @param maxLength of inputs, in bytes
   * @param args seconds, then options of libFuzzer
   */
  public static void run(Class<?> target, List<byte[]> seeds, int maxLength, String... args)
      throws Exception {
    Path folder = Path.of("target", "fuzz", target.getSimpleName()).toAbsolutePath();
    Path begin = Files.createDirectories(folder.resolve("seeds"));
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    int n = 0;
    for (byte[] seed : seeds) {
      Files.write(begin.resolve(Integer.toString(n++)), seed);
    }
    List<String> options =
        new ArrayList<>(
            List.of(
                "--target_class=" + target.getName(),
                "--instrumentation_includes=io.narthex.**",
                "--custom_hook_includes=io.narthex.**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + args[0],
                "-max_len=" + maxLength,
                "-timeout=20",
                "-rss_limit_mb=0",
                "-use_value_profile=1",
                "-print_final_stats=1"));
    options.addAll(List.of(args).subList(1, args.length));
    options.add(corpus.toString());
    options.add(begin.toString());
    Class.forName("com.code_intelligence.jazzer.Jazzer")
        .getMethod("main", String[].class)
        .invoke(null, (Object) options.toArray(String[]::new));
  }
}
