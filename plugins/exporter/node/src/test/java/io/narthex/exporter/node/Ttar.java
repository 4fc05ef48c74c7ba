package io.narthex.exporter.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Unpacks an archive of the kind in which node_exporter keeps its /sys tree. */
final class Ttar {
  private Ttar() {}

  static void unpack(Path archive, Path into) throws IOException {
    List<String> lines = Files.readAllLines(archive);
    String name = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("Directory: ")) {
        Files.createDirectories(into.resolve(line.substring("Directory: ".length())));
      } else if (line.startsWith("Path: ")) {
        name = line.substring("Path: ".length());
      } else if (line.startsWith("SymlinkTo: ")) {
        Path link = into.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(line.substring("SymlinkTo: ".length())));
      } else if (line.startsWith("Lines: ")) {
        int count = Integer.parseInt(line.substring("Lines: ".length()));
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int j = 0; j < count; j++) {
          content.writeBytes(decode(lines.get(++i)));
        }
        Path file = into.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content.toByteArray());
      }
    }
  }

  /** A line's bytes with its line feed, unless EOF at its end says that there is none. */
  private static byte[] decode(String line) {
    boolean open = line.endsWith("EOF") && !line.endsWith("\\EOF");
    String text = open ? line.substring(0, line.length() - 3) : line;
    return text.replace("\\NULLBYTE", "\u0001")
        .replace("NULLBYTE", "\0")
        .replace("\u0001", "NULLBYTE")
        .replace("\\EOF", "EOF")
        .concat(open ? "" : "\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
