package io.narthex.exporter.node;

import java.io.IOException;
import java.util.function.BiConsumer;

/** The kernel's calls that no file answers. Safe for several threads. */
interface SystemCalls {
  /**
   * How full a file system is: counts of blocks and files (inodes), and the size of a block in
   * bytes.
   *
   * @param blockSize bytes
   * @param blocks all blocks
   * @param free blocks that are free
   * @param available free blocks that users other than root may take
   * @param files all inodes
   * @param filesFree inodes that are free
   */
  record FileSystemStatus(
      long blockSize, long blocks, long free, long available, long files, long filesFree) {}

  /** The six names of {@code uname(2)}. */
  record Uname(
      String sysname,
      String nodename,
      String release,
      String version,
      String machine,
      String domainname) {}

  /**
   * The local time zone at one time.
   *
   * @param abbreviation such as {@code CET}
   * @param offsetSeconds east of Greenwich
   */
  record LocalZone(String abbreviation, long offsetSeconds) {}

  /**
   * Asks a mounted file system for its status. May never return: a network file system whose server
   * is gone does that.
   *
   * @throws KernelException with the kernel's error
   */
  FileSystemStatus statfs(String path) throws KernelException;

  /** The system's names. */
  Uname uname() throws IOException;

  /** The local time zone at a time, given in seconds since 1970. */
  LocalZone localZone(long epochSecond) throws IOException;

  /**
   * Asks by rtnetlink for all network devices of this network name space.
   *
   * @param devices gets the name and the counters in the order of {@code struct rtnl_link_stats64}
   *     ({@link LinkCounter}), unsigned; the array is reused for the next
   * @throws IOException when the kernel does not answer
   */
  void links(BiConsumer<String, long[]> devices) throws IOException;
}
