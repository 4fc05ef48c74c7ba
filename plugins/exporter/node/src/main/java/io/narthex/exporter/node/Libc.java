package io.narthex.exporter.node;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/**
 * The C library of a 64-bit Linux, called through the foreign function interface. Offsets are those
 * of x86-64 and aarch64, which glibc and musl share.
 */
final class Libc implements SystemCalls {
  /**
   * What is linked to the library; that takes some 60 ms of a new process, so it waits for the
   * first call.
   */
  private static final class Linked {
    static final Linker LINKER = Linker.nativeLinker();
    static final Linker.Option WITH_ERRNO = Linker.Option.captureCallState("errno");
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    static final MethodHandle STATFS = find("statfs", true, JAVA_INT, ADDRESS, ADDRESS);
    static final MethodHandle UNAME = find("uname", true, JAVA_INT, ADDRESS);
    static final MethodHandle LOCALTIME = find("localtime_r", false, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle SOCKET = find("socket", true, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    static final MethodHandle SEND =
        find("send", true, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    static final MethodHandle RECV =
        find("recv", true, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    static final MethodHandle CLOSE = find("close", false, JAVA_INT, JAVA_INT);

    private static MethodHandle find(
        String name, boolean errno, MemoryLayout result, MemoryLayout... arguments) {
      MemorySegment address =
          LINKER
              .defaultLookup()
              .find(name)
              .orElseThrow(
                  () -> new UnsatisfiedLinkError("cannot find " + name + " in the C library"));
      FunctionDescriptor type = FunctionDescriptor.of(result, arguments);
      return errno
          ? LINKER.downcallHandle(address, type, WITH_ERRNO)
          : LINKER.downcallHandle(address, type);
    }
  }

  private static final int EINTR = 4;

  /**
   * {@code struct statfs}: type, bsize, blocks, bfree, bavail, files, ffree, each of 8 bytes, and
   * more.
   */
  private static final int STATFS_SIZE = 120;

  /** {@code struct utsname}: six names of 65 bytes each. */
  private static final int NAME_SIZE = 65;

  /**
   * {@code struct tm}: nine ints, then the offset at 40 and a pointer to the abbreviation at 48.
   */
  private static final int TM_SIZE = 56;

  private static final int TM_GMTOFF = 40;
  private static final int TM_ZONE = 48;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_ROUTE = 0;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_GETLINK = 18;
  private static final int NLM_F_REQUEST_DUMP = 0x1 | 0x300;
  private static final int NLMSG_HEADER = 16;
  private static final int IFINFOMSG = 16;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_STATS = 7;
  private static final int IFLA_STATS64 = 23;
  private static final int NLA_TYPE_MASK = 0x3fff;

  /** The most that the kernel puts into one answer of a dump. */
  private static final int NETLINK_BUFFER = 32 * 1024;

  @Override
  public FileSystemStatus statfs(String path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linked.STATE);
      MemorySegment name = arena.allocateFrom(path);
      MemorySegment answer = arena.allocate(STATFS_SIZE, Long.BYTES);
      int result;
      do {
        result = (int) Linked.STATFS.invokeExact(state, name, answer);
      } while (result != 0 && errno(state) == EINTR);
      if (result != 0) {
        throw new KernelException("statfs", errno(state));
      }
      return new FileSystemStatus(
          answer.get(JAVA_LONG, 8),
          answer.get(JAVA_LONG, 16),
          answer.get(JAVA_LONG, 24),
          answer.get(JAVA_LONG, 32),
          answer.get(JAVA_LONG, 40),
          answer.get(JAVA_LONG, 48));
    } catch (KernelException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected("statfs", e);
    }
  }

  @Override
  public Uname uname() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linked.STATE);
      MemorySegment names = arena.allocate(6 * NAME_SIZE);
      int result = (int) Linked.UNAME.invokeExact(state, names);
      if (result < 0) {
        throw new KernelException("uname", errno(state));
      }
      return new Uname(
          name(names, 0),
          name(names, 1),
          name(names, 2),
          name(names, 3),
          name(names, 4),
          name(names, 5));
    } catch (KernelException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected("uname", e);
    }
  }

  private static String name(MemorySegment names, int index) {
    return names.asSlice((long) index * NAME_SIZE, NAME_SIZE).getString(0);
  }

  @Override
  public LocalZone localZone(long epochSecond) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocateFrom(JAVA_LONG, epochSecond);
      MemorySegment tm = arena.allocate(TM_SIZE, Long.BYTES);
      MemorySegment result = (MemorySegment) Linked.LOCALTIME.invokeExact(time, tm);
      if (result.address() == 0) {
        throw new IOException("cannot call localtime_r: got no time for " + epochSecond);
      }
      // The abbreviation is the library's own; POSIX lets it have any length, TZif files at most
      // some letters.
      String abbreviation =
          tm.get(ADDRESS, TM_ZONE).reinterpret(64).getString(0, StandardCharsets.US_ASCII);
      return new LocalZone(abbreviation, tm.get(JAVA_LONG, TM_GMTOFF));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected("localtime_r", e);
    }
  }

  /*
   * The request, in the machine's byte order:
   *
   *   0        4      6      8        12       16                    32
   *   +--------+------+------+--------+--------+---------------------+
   *   | length | type | flags| number | port   | struct ifinfomsg: 0 |
   *   +--------+------+------+--------+--------+---------------------+
   *
   * Answers are messages with the same header; one of type RTM_NEWLINK has a struct ifinfomsg and then attributes,
   * each a length and a type of 2 bytes and its content, padded to 4 bytes.
   */
  @Override
  public void links(BiConsumer<String, long[]> devices) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linked.STATE);
      int socket =
          (int) Linked.SOCKET.invokeExact(state, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
      if (socket < 0) {
        throw new KernelException("socket(AF_NETLINK)", errno(state));
      }
      try {
        MemorySegment request = arena.allocate(NLMSG_HEADER + IFINFOMSG, Long.BYTES);
        request.set(JAVA_INT, 0, NLMSG_HEADER + IFINFOMSG);
        request.set(JAVA_SHORT_UNALIGNED, 4, (short) RTM_GETLINK);
        request.set(JAVA_SHORT_UNALIGNED, 6, (short) NLM_F_REQUEST_DUMP);
        request.set(JAVA_INT, 8, 1);
        long sent = (long) Linked.SEND.invokeExact(state, socket, request, request.byteSize(), 0);
        if (sent < 0) {
          throw new KernelException("send(RTM_GETLINK)", errno(state));
        }
        MemorySegment answer = arena.allocate(NETLINK_BUFFER, Long.BYTES);
        long[] counters = new long[LinkCounter.values().length];
        boolean more = true;
        while (more) {
          long length = (long) Linked.RECV.invokeExact(state, socket, answer, answer.byteSize(), 0);
          if (length < 0 && errno(state) == EINTR) {
            continue;
          }
          if (length < 0) {
            throw new KernelException("recv(RTM_GETLINK)", errno(state));
          }
          more = messages(answer.asSlice(0, length), counters, devices);
        }
      } finally {
        int ignored = (int) Linked.CLOSE.invokeExact(socket);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected("rtnetlink", e);
    }
  }

  /** Hands out the devices of one answer; tells whether there is more to come. */
  static boolean messages(MemorySegment answer, long[] counters, BiConsumer<String, long[]> devices)
      throws IOException {
    long at = 0;
    while (at + NLMSG_HEADER <= answer.byteSize()) {
      long length = answer.get(JAVA_INT_UNALIGNED, at);
      if (length < NLMSG_HEADER || at + length > answer.byteSize()) {
        throw new IOException(
            "cannot read netlink message: got length " + length + ", want it within the answer");
      }
      int type = answer.get(JAVA_SHORT_UNALIGNED, at + 4) & 0xffff;
      if (type == NLMSG_DONE) {
        return false;
      }
      if (type == NLMSG_ERROR) {
        throw new KernelException(
            "rtnetlink", length >= NLMSG_HEADER + 4 ? -answer.get(JAVA_INT_UNALIGNED, at + 16) : 5);
      }
      if (type == RTM_NEWLINK && length >= NLMSG_HEADER + IFINFOMSG) {
        long start = at + NLMSG_HEADER + IFINFOMSG;
        device(answer.asSlice(start, at + length - start), counters, devices);
      }
      at += (length + 3) & ~3L;
    }
    return answer.byteSize() > 0;
  }

  private static void device(
      MemorySegment attributes, long[] counters, BiConsumer<String, long[]> devices) {
    String name = "";
    boolean found = false;
    boolean wide = false;
    long at = 0;
    while (at + 4 <= attributes.byteSize()) {
      int length = attributes.get(JAVA_SHORT_UNALIGNED, at) & 0xffff;
      int type = attributes.get(JAVA_SHORT_UNALIGNED, at + 2) & NLA_TYPE_MASK;
      if (length < 4 || at + length > attributes.byteSize()) {
        break;
      }
      MemorySegment content = attributes.asSlice(at + 4, length - 4);
      if (type == IFLA_IFNAME) {
        name = text(content);
      } else if (type == IFLA_STATS64) {
        for (int i = 0; i < counters.length; i++) {
          // Older kernels know fewer of them.
          counters[i] =
              (i + 1L) * 8 <= content.byteSize() ? content.get(JAVA_LONG_UNALIGNED, i * 8L) : 0;
        }
        found = true;
        wide = true;
      } else if (type == IFLA_STATS && !wide) {
        for (int i = 0; i < counters.length; i++) {
          counters[i] =
              (i + 1L) * 4 <= content.byteSize()
                  ? Integer.toUnsignedLong(content.get(JAVA_INT_UNALIGNED, i * 4L))
                  : 0;
        }
        found = true;
      }
      at += (length + 3) & ~3;
    }
    if (found && !name.isEmpty()) {
      devices.accept(name, counters);
    }
  }

  /** A text that ends at a zero byte, or where its attribute does. */
  private static String text(MemorySegment content) {
    byte[] bytes = content.toArray(JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private static int errno(MemorySegment state) {
    return (int) Linked.ERRNO.get(state, 0L);
  }

  private static IllegalStateException unexpected(String call, Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("cannot call " + call + ": " + e, e);
  }
}
