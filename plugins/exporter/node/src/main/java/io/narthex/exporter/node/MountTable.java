package io.narthex.exporter.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The mounted file systems that are chosen, from {@code mountinfo} of process 1, or of this one
 * where that is not to be seen (hidepid, a PID name space). While the file is the same from byte to
 * byte, so is the list; mounts change rarely.
 *
 * <pre>
 * 29 1 259:2 / /home rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
 * id parent major:minor root mountpoint options optional... - type source superoptions
 * </pre>
 */
final class MountTable {
  private static final byte[] SEPARATOR = {'-'};
  private static final byte[] READ_ONLY = "ro".getBytes(US_ASCII);

  private final KernelFile ofInit;
  private final KernelFile ofSelf;
  private final String root;
  private final Selection mountPoints;
  private final Selection types;
  private byte[] content = {};
  private List<Mount> mounts = List.of();

  MountTable(CollectorContext context) {
    this.ofInit = context.proc("1/mountinfo");
    this.ofSelf = context.proc("self/mountinfo");
    this.root = context.config().path().rootfs();
    this.mountPoints = context.config().filesystem().mountPoints();
    this.types = context.config().filesystem().types();
  }

  /** The mounts of now; of several in the same place the last, which hides the others. */
  List<Mount> read() throws IOException {
    ByteCursor in;
    try {
      in = ofInit.read();
    } catch (IOException e) {
      try {
        in = ofSelf.read();
      } catch (IOException f) {
        f.addSuppressed(e);
        throw f;
      }
    }
    if (!Arrays.equals(in.array(), 0, in.length(), content, 0, content.length)) {
      byte[] now = Arrays.copyOf(in.array(), in.length());
      mounts = parse(in);
      content = now;
    }
    return mounts;
  }

  private List<Mount> parse(ByteCursor in) throws MalformedFileException {
    Map<List<String>, Mount> found = new LinkedHashMap<>();
    while (in.nextWholeLine()) {
      if (!in.hasField()) {
        continue;
      }
      in.skipField();
      in.skipField();
      in.skipBlanks();
      String major = Long.toUnsignedString(in.digits());
      if (!in.skip(new byte[] {':'})) {
        throw in.malformed("no ':'", "major:minor");
      }
      String minor = Long.toUnsignedString(in.unsigned());
      in.skipField();
      String raw = in.field();
      boolean readOnly = hasReadOnly(in);
      while (!in.fieldIs(SEPARATOR)) {
        if (!in.hasField()) {
          throw in.malformed("the end of the line", "'-'");
        }
      }
      String type = in.field();
      String device = in.field();
      if (in.hasField()) {
        readOnly |= hasReadOnly(in);
      }
      // Upstream writes blanks and tabs out, and leaves other escapes as they are.
      String mountPoint = belowRoot(raw.replace("\\040", " ").replace("\\011", "\t"));
      if (!mountPoints.includes(mountPoint) || !types.includes(type)) {
        continue;
      }
      Mount mount =
          new Mount(
              device,
              mountPoint,
              type,
              readOnly,
              Path.of(root, belowRoot(unescape(raw))).toString(),
              Mount.labels(device, mountPoint, type, ""),
              Mount.infoLabels(device, major, minor, mountPoint));
      found.put(List.of(device, mountPoint, type), mount);
    }
    return List.copyOf(found.values());
  }

  /** Goes past a field of options separated by commas, and tells whether one is {@code ro}. */
  private static boolean hasReadOnly(ByteCursor in) throws MalformedFileException {
    if (!in.hasField()) {
      throw in.malformed("the end of the line", "options");
    }
    boolean readOnly = false;
    int start = in.mark();
    in.skipField();
    int end = in.mark();
    byte[] bytes = in.array();
    int option = start;
    for (int i = start; i <= end; i++) {
      if (i == end || bytes[i] == ',') {
        readOnly |= Arrays.equals(bytes, option, i, READ_ONLY, 0, READ_ONLY.length);
        option = i + 1;
      }
    }
    return readOnly;
  }

  private String belowRoot(String path) {
    if (root.equals("/") || !path.startsWith(root)) {
      return path;
    }
    String below = path.substring(root.length());
    return below.isEmpty() ? "/" : below;
  }

  /**
   * The kernel writes blank, tab, line feed and backslash as a backslash and three octal digits.
   */
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length() && isOctal(text, i + 1)) {
        out.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isOctal(String text, int from) {
    for (int i = from; i < from + 3; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }

  void close() {
    ofInit.close();
    ofSelf.close();
  }
}
