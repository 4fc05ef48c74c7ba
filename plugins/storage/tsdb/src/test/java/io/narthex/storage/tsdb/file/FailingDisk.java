package io.narthex.storage.tsdb.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A disk that fails as it is told, over a real one. Safe for several threads.
 *
 * <ul>
 *   <li>{@link #spaceLeft}: after so many bytes more the disk is full; a write that does not fit is
 *       written in part, as file systems do
 *   <li>{@link #fail}: the next calls of one kind fail
 *   <li>{@link #kill}: from now on everything fails, as if the process had ended
 * </ul>
 */
public final class FailingDisk implements Disk {
  /** Kinds of calls. */
  public enum Call {
    CREATE,
    APPEND,
    MAP,
    READ,
    MOVE,
    DELETE,
    CREATE_DIRECTORIES,
    LINK,
    SYNC_DIRECTORY,
    LIST,
    WRITE,
    OVERWRITE,
    TRUNCATE,
    PREALLOCATE,
    SYNC
  }

  private record Rule(Call call, Predicate<Path> path, int[] skip, int[] times, String message) {}

  private final Disk disk;
  private final List<Rule> rules = new ArrayList<>();
  private final Map<Call, Integer> counts = new EnumMap<>(Call.class);
  private long space = Long.MAX_VALUE;
  private boolean killed;

  /** A disk over the real one that fails in nothing yet. */
  public FailingDisk() {
    this(new RealDisk());
  }

  /** A disk over {@code disk}. */
  public FailingDisk(Disk disk) {
    this.disk = disk;
  }

  /** Lets {@code bytes} more be written before the disk is full; {@code Long.MAX_VALUE}: no end. */
  public synchronized void spaceLeft(long bytes) {
    space = bytes;
  }

  /** Lets the next {@code times} calls of a kind fail. */
  public void fail(Call call, int times) {
    fail(call, p -> true, 0, times, "Input/output error");
  }

  /** Lets calls of a kind on some paths fail, after {@code skip} that succeed. */
  public synchronized void fail(
      Call call, Predicate<Path> path, int skip, int times, String message) {
    rules.add(new Rule(call, path, new int[] {skip}, new int[] {times}, message));
  }

  /** Lets everything succeed again. */
  public synchronized void heal() {
    rules.clear();
    space = Long.MAX_VALUE;
    killed = false;
  }

  /** Lets everything fail from now on. */
  public synchronized void kill() {
    killed = true;
  }

  /** How many calls of a kind there were, failed ones among them. */
  public synchronized int count(Call call) {
    return counts.getOrDefault(call, 0);
  }

  private synchronized void before(Call call, Path path) throws IOException {
    counts.merge(call, 1, Integer::sum);
    if (killed) {
      throw new IOException(path + ": the process is gone");
    }
    for (Rule rule : rules) {
      if (rule.call == call && rule.path.test(path)) {
        if (rule.skip[0] > 0) {
          rule.skip[0]--;
        } else if (rule.times[0] > 0) {
          rule.times[0]--;
          throw new IOException(path + ": " + rule.message);
        }
      }
    }
  }

  /** How much of {@code want} bytes can be written. */
  private synchronized int take(int want) {
    if (space == Long.MAX_VALUE) {
      return want;
    }
    int got = (int) Math.min(want, space);
    space -= got;
    return got;
  }

  @Override
  public OutputFile create(Path path) throws IOException {
    before(Call.CREATE, path);
    return new File(path, disk.create(path));
  }

  @Override
  public OutputFile append(Path path, long position) throws IOException {
    before(Call.APPEND, path);
    return new File(path, disk.append(path, position));
  }

  @Override
  public MappedFile map(Path path) throws IOException {
    before(Call.MAP, path);
    return disk.map(path);
  }

  @Override
  public byte[] read(Path path) throws IOException {
    before(Call.READ, path);
    return disk.read(path);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    before(Call.MOVE, from);
    disk.move(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    before(Call.DELETE, path);
    disk.delete(path);
  }

  @Override
  public void createDirectories(Path path) throws IOException {
    before(Call.CREATE_DIRECTORIES, path);
    disk.createDirectories(path);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    before(Call.LINK, link);
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    before(Call.SYNC_DIRECTORY, directory);
    disk.syncDirectory(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    before(Call.LIST, directory);
    return disk.list(directory);
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public boolean isDirectory(Path path) {
    return disk.isDirectory(path);
  }

  @Override
  public long size(Path path) throws IOException {
    return disk.size(path);
  }

  @Override
  public long totalSpace(Path path) throws IOException {
    return disk.totalSpace(path);
  }

  private final class File implements OutputFile {
    private final Path path;
    private final OutputFile file;

    File(Path path, OutputFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      before(Call.WRITE, path);
      int want = bytes.remaining();
      int can = take(want);
      int limit = bytes.limit();
      bytes.limit(bytes.position() + can);
      file.write(bytes);
      bytes.limit(limit);
      full(can, want);
    }

    @Override
    public void overwrite(long position, ByteBuffer bytes) throws IOException {
      before(Call.OVERWRITE, path);
      int want = bytes.remaining();
      int can = take(want);
      int limit = bytes.limit();
      bytes.limit(bytes.position() + can);
      file.overwrite(position, bytes);
      bytes.limit(limit);
      full(can, want);
    }

    private void full(int can, int want) throws IOException {
      if (can < want) {
        throw new IOException(path + ": No space left on device");
      }
    }

    @Override
    public long position() {
      return file.position();
    }

    @Override
    public void truncate(long length) throws IOException {
      before(Call.TRUNCATE, path);
      file.truncate(length);
    }

    @Override
    public void preallocate(long length) throws IOException {
      before(Call.PREALLOCATE, path);
      if (take(1) < 1) {
        throw new IOException(path + ": No space left on device");
      }
      file.preallocate(length);
    }

    @Override
    public void sync() throws IOException {
      before(Call.SYNC, path);
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
