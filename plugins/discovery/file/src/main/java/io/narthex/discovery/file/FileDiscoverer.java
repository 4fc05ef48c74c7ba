package io.narthex.discovery.file;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Glob;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.FoundTargets;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetGroupConfig;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads files of target groups when something has changed in their directories, and all of them at
 * an interval, because not every file system tells. A file that cannot be read keeps the groups
 * that it had.
 */
final class FileDiscoverer implements Discoverer {
  private static final ConfigShape<List<TargetGroupConfig>> GROUPS =
      ConfigShape.listOf(TargetGroupConfig.class);

  /**
   * For how long nothing must have happened before files are read, and how long that is waited for:
   * who writes a file in place writes it in pieces, and half a file may look like a whole one.
   */
  private static final long SETTLED_MILLIS = 50;

  private static final long AT_MOST_MILLIS = 500;

  /**
   * A file that was changed so shortly before it was read may have been changed again since,
   * without another time of modification.
   */
  private static final long CERTAIN_MILLIS = 2_000;

  /**
   * How often directories are looked at: that one was renamed, and another one put in its place, is
   * told neither by watching it nor the other.
   */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** The identity of a directory that is not there, or of whose kind nobody knows one. */
  private static final Object UNKNOWN = new Object();

  /** What is known of a file's content. */
  private record Known(@Nullable Stamp stamp, List<TargetGroup> groups) {}

  /** What changes when a file does. */
  private record Stamp(long modified, long size, @Nullable Object identity) {
    static Stamp of(BasicFileAttributes file) {
      return new Stamp(
          file.lastModifiedTime().to(TimeUnit.NANOSECONDS), file.size(), file.fileKey());
    }
  }

  private final List<Glob> names;
  private final Duration interval;
  private final ConfigFiles files;
  private final FileMetrics metrics;
  private final DirectoryWatch watch;

  private final Semaphore changes = new Semaphore(0);
  private Map<Path, Known> known = new HashMap<>();

  FileDiscoverer(
      List<Glob> names,
      Duration interval,
      ConfigFiles files,
      FileMetrics metrics,
      DirectoryWatch watch) {
    this.names = List.copyOf(names);
    this.interval = interval;
    this.files = files;
    this.metrics = metrics;
    this.watch = watch;
  }

  @Override
  public void run(TargetSink sink) throws InterruptedException {
    FoundTargets targets = new FoundTargets(sink);
    try (FileMetrics.Times times = metrics.times();
        DirectoryWatch.Subscription subscription = watch.open(changes::release)) {
      boolean everything = true;
      long next = System.nanoTime() + interval.toNanos();
      while (true) {
        // First, so that nothing changes unseen between reading and watching.
        Map<Path, Object> directories = directories();
        subscription.watch(directories.keySet());
        scan(targets, times, everything);
        everything = !awaitChange(directories, next);
        if (everything) {
          next = System.nanoTime() + interval.toNanos();
        } else {
          settle();
        }
      }
    }
  }

  /** What is to be watched, and which directory that is at present. */
  private Map<Path, Object> directories() {
    Map<Path, Object> found = new LinkedHashMap<>();
    for (Glob name : names) {
      for (Path directory : name.watched()) {
        found.computeIfAbsent(directory, FileDiscoverer::identity);
      }
    }
    return found;
  }

  private static Object identity(Path directory) {
    try {
      Object key = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
      return key == null ? UNKNOWN : key;
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** Waits for a change; false when there was none until {@code end}. */
  private boolean awaitChange(Map<Path, Object> directories, long end) throws InterruptedException {
    while (true) {
      long left = end - System.nanoTime();
      if (changes.tryAcquire(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
        return true;
      }
      if (left <= LOOK.toNanos()) {
        return false;
      }
      for (Map.Entry<Path, Object> directory : directories.entrySet()) {
        if (!directory.getValue().equals(identity(directory.getKey()))) {
          return true;
        }
      }
    }
  }

  private void settle() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(AT_MOST_MILLIS);
    do {
      changes.drainPermits();
    } while (changes.tryAcquire(SETTLED_MILLIS, TimeUnit.MILLISECONDS) && System.nanoTime() < end);
  }

  private void scan(FoundTargets targets, FileMetrics.Times times, boolean everything) {
    long start = System.nanoTime();
    Map<Path, Known> now = new HashMap<>();
    List<TargetGroup> found = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    Set<Path> paths = new LinkedHashSet<>();
    for (Glob name : names) {
      if (name.isValid()) {
        paths.addAll(name.files());
      } else {
        failures.add(
            "cannot find files " + Quoting.quote(name.toString()) + ": syntax error in pattern");
      }
    }
    for (Path path : paths) {
      Known before = known.get(path);
      Known read = before;
      try {
        read = read(path, everything ? null : before, times);
      } catch (NoSuchFileException e) {
        if (!Files.isSymbolicLink(path)) {
          // It went while we looked.
          continue;
        }
        failures.add(failed("open " + path + ": no such file or directory"));
      } catch (AccessDeniedException e) {
        failures.add(failed("open " + path + ": permission denied"));
      } catch (IOException e) {
        failures.add(failed("read " + path + ": " + e.getMessage()));
      } catch (ConfigException e) {
        failures.add(failed(firstLine(e)));
      }
      // What could not be read keeps the groups and the stamp that it had when it could.
      if (read != null) {
        now.put(path, read);
        found.addAll(read.groups());
      }
    }
    known = now;
    times.retain(now.keySet().stream().map(Path::toString).toList());
    metrics.scanDuration.observe((System.nanoTime() - start) / 1e9);
    if (failures.isEmpty()) {
      targets.found(found);
    } else {
      targets.found(found, failures);
    }
  }

  private String failed(String reason) {
    metrics.readErrors.inc();
    return reason;
  }

  private static String firstLine(ConfigException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /**
   * Reads a file.
   *
   * @param before what is known of it and may be taken for granted while the file has not changed
   */
  private Known read(Path path, @Nullable Known before, FileMetrics.Times times)
      throws IOException, ConfigException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new IOException("is a directory");
    }
    if (!attributes.isRegularFile()) {
      throw new IOException("is no regular file");
    }
    Stamp stamp = Stamp.of(attributes);
    if (before != null && stamp.equals(before.stamp())) {
      return before;
    }
    long modified = attributes.lastModifiedTime().toMillis();
    boolean certain = System.currentTimeMillis() - modified > CERTAIN_MILLIS;
    List<TargetGroup> groups = groups(files, path);
    times.set(path.toString(), Math.floorDiv(modified, 1000));
    return new Known(certain ? stamp : null, groups);
  }

  /** The groups of a file. */
  static List<TargetGroup> groups(ConfigFiles files, Path path)
      throws IOException, ConfigException {
    String name = path.toString();
    ConfigFiles.Syntax syntax =
        name.toLowerCase(Locale.ROOT).endsWith(".json")
            ? ConfigFiles.Syntax.JSON
            : ConfigFiles.Syntax.YAML;
    List<TargetGroupConfig> written = files.read(path, GROUPS, syntax);
    Labels origin = Labels.of("__meta_filepath", name);
    List<TargetGroup> groups = new ArrayList<>(written.size());
    for (int i = 0; i < written.size(); i++) {
      groups.add(written.get(i).group(name + ":" + i, origin));
    }
    return groups;
  }
}
