package io.narthex.kernel.config;

import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Kind;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import io.narthex.kernel.config.Node.Sequence;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML into a tree that knows where each key and value stands.
 *
 * <p>Aliases and merge keys are expanded here, as Go's yaml.v2 (which Prometheus reads its files
 * with) does, because Jackson's YAML module leaves them to silently wrong data. An alias costs as
 * much as what it stands for, so that a few lines cannot become gigabytes. As with yaml.v2, only
 * the first document of a file counts. Messages say the place and never quote a value, which may be
 * a secret.
 */
final class Yaml {
  private static final String BINARY = "tag:yaml.org,2002:binary";
  private static final Set<String> RESOLVED =
      Set.of(
          "tag:yaml.org,2002:int",
          "tag:yaml.org,2002:float",
          "tag:yaml.org,2002:bool",
          "tag:yaml.org,2002:null",
          "tag:yaml.org,2002:timestamp");

  /** How many characters are looked at again in all because of tabs. */
  private static final long MENDING = 100_000_000;

  /**
   * What a file may ask for.
   *
   * @param bytes size of the file
   * @param depth of nesting
   * @param nodes keys and values that are written out
   * @param expanded keys and values that aliases stand for
   */
  record Limits(int bytes, int depth, long nodes, long expanded) {
    /** Far above any configuration that is meant. */
    static final Limits STANDARD = new Limits(64 << 20, 100, 5_000_000, 500_000);
  }

  private record Anchored(@Nullable Node node, long size) {}

  private final String source;
  private final Limits limits;
  private final Findings findings;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private final Iterator<Event> events;
  private long nodes;
  private long expanded;

  /** Where the last event began. */
  private Mark reached;

  private Yaml(String source, String text, Limits limits, Findings findings) {
    this.source = source;
    this.limits = limits;
    this.findings = findings;
    this.reached = new Mark(source, 1, 1);
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setCodePointLimit(Integer.MAX_VALUE)
            .setVersionFunction(UnaryOperator.identity())
            .build();
    this.events = new Parse(settings).parseString(text).iterator();
  }

  /**
   * Reads a file's content.
   *
   * @param source the file, in messages
   * @param findings gets a warning when there are further documents
   * @return the first document; an empty mapping when there is none
   * @throws ConfigProblems when it is no YAML, or too much
   */
  static Node read(String source, byte[] content, Limits limits, Findings findings)
      throws ConfigProblems {
    return orEmpty(source, find(source, content, limits, findings));
  }

  static Node read(String source, String text, Limits limits, Findings findings)
      throws ConfigProblems {
    return orEmpty(source, find(source, text, limits, findings));
  }

  private static Node orEmpty(String source, @Nullable Node found) {
    return found == null ? Mapping.empty(new Mark(source, 1, 1)) : found;
  }

  /** As {@link #read}, but null when there is no document. */
  static @Nullable Node find(String source, byte[] content, Limits limits, Findings findings)
      throws ConfigProblems {
    if (content.length > limits.bytes) {
      throw new ConfigProblems(
          Mark.of(source),
          "cannot read YAML: file too large; got "
              + content.length
              + " bytes, want "
              + limits.bytes
              + " at most");
    }
    return find(source, decode(source, content), limits, findings);
  }

  private static @Nullable Node find(String source, String text, Limits limits, Findings findings)
      throws ConfigProblems {
    String tried = text;
    long looked = 0;
    while (true) {
      looked += tried.length();
      Yaml yaml = new Yaml(source, tried, limits, findings);
      try {
        return yaml.document();
      } catch (MarkedYamlEngineException e) {
        String mended = looked < MENDING ? withoutTab(tried, e) : null;
        if (mended == null) {
          Mark mark = e.getProblemMark().map(m -> mark(source, m)).orElse(Mark.of(source));
          throw new ConfigProblems(mark, "cannot read YAML: " + problem(e));
        }
        tried = mended;
      } catch (ReaderException e) {
        throw new ConfigProblems(
            place(source, tried, e.getPosition()),
            "cannot read YAML: control characters are not allowed");
      } catch (YamlEngineException e) {
        throw new ConfigProblems(
            Mark.of(source), "cannot read YAML: " + e.getClass().getSimpleName());
      } catch (NumberFormatException e) {
        // The engine takes it for granted that the digits of an escape are there.
        throw new ConfigProblems(
            yaml.reached,
            "cannot read YAML: behind this stands \\x, \\u or \\U without the number of a"
                + " character");
      }
    }
  }

  /**
   * The text with blanks for the tabs at which the engine stopped, when they only separate: behind
   * a colon, a quoted text, a closing bracket. YAML and yaml.v2 allow them there, the engine does
   * not. Null when that was not its trouble. Places stay the same.
   */
  private static @Nullable String withoutTab(String text, MarkedYamlEngineException e) {
    if (e.getProblemMark().isEmpty()) {
      return null;
    }
    int at = text.offsetByCodePoints(0, e.getProblemMark().get().getIndex());
    if (at >= text.length() || text.charAt(at) != '\t') {
      return null;
    }
    String before = text.substring(text.lastIndexOf('\n', at) + 1, at).stripTrailing();
    boolean separates = !before.isBlank() && !before.strip().matches("[-?]+");
    if (!separates) {
      return null;
    }
    int end = at;
    while (end < text.length() && text.charAt(end) == '\t') {
      end++;
    }
    return text.substring(0, at) + " ".repeat(end - at) + text.substring(end);
  }

  /**
   * The engine's words where they are not Prometheus's, and without what it quotes: the text of a
   * secret, if quotes are missing.
   */
  private static String problem(MarkedYamlEngineException e) {
    String problem = String.valueOf(e.getProblem());
    if (problem.contains("mapping values are not allowed")) {
      return "mapping values are not allowed in this context";
    }
    if (problem.contains("sequence entries are not allowed")) {
      return "block sequence entries are not allowed in this context";
    }
    if (problem.contains("that cannot start any token")) {
      return "found character that cannot start any token; "
          + (problem.contains("TAB") ? "indent by spaces" : "such a value must be quoted");
    }
    if (problem.contains("tag")) {
      return "found an undefined tag; a value that starts with ! must be quoted";
    }
    return problem;
  }

  private @Nullable Node document() throws ConfigProblems {
    Node root = null;
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof StreamStartEvent) {
        continue;
      }
      if (!(event instanceof DocumentStartEvent)) {
        break;
      }
      root = node(events.next(), 1);
      break;
    }
    warnOfFurtherDocuments();
    return root;
  }

  /** What follows the first document is not read, so faults in it are none. */
  private void warnOfFurtherDocuments() {
    try {
      while (events.hasNext()) {
        Event event = events.next();
        if (event instanceof DocumentStartEvent) {
          findings.warning(mark(event), "", "only the first document of the file is read");
          return;
        }
        if (!(event instanceof DocumentEndEvent)) {
          return;
        }
      }
    } catch (YamlEngineException | NumberFormatException e) {
      findings.warning(Mark.of(source), "", "only the first document of the file is read");
    }
  }

  private Node node(Event event, int depth) throws ConfigProblems {
    reached = mark(event);
    if (event instanceof AliasEvent alias) {
      return alias(alias);
    }
    if (++nodes > limits.nodes) {
      throw new ConfigProblems(
          mark(event),
          "cannot read YAML: too many keys and values; want " + limits.nodes + " at most");
    }
    if (depth > limits.depth) {
      throw new ConfigProblems(
          mark(event),
          "cannot read YAML: nested too deeply; want " + limits.depth + " levels at most");
    }
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    long before = nodes + expanded - 1;
    anchor.ifPresent(a -> anchors.put(a.getValue(), new Anchored(null, 0)));
    Node node =
        switch (event) {
          case ScalarEvent scalar -> scalar(scalar);
          case SequenceStartEvent start -> sequence(start, depth);
          case MappingStartEvent start -> mapping(start, depth);
          default -> throw new IllegalStateException("unexpected " + event);
        };
    if (anchor.isPresent()) {
      anchors.put(anchor.get().getValue(), new Anchored(node, nodes + expanded - before));
    }
    return node;
  }

  private Node alias(AliasEvent event) throws ConfigProblems {
    Anchored anchored = anchors.get(event.getAlias().getValue());
    if (anchored == null) {
      throw new ConfigProblems(
          mark(event),
          "cannot read YAML: unknown anchor referenced; a value that starts with * must be quoted");
    }
    if (anchored.node == null) {
      throw new ConfigProblems(mark(event), "cannot read YAML: anchor value contains itself");
    }
    expanded += anchored.size;
    if (expanded > limits.expanded) {
      throw new ConfigProblems(
          mark(event),
          "cannot read YAML: document contains excessive aliasing; want them to stand for "
              + limits.expanded
              + " keys and values at most");
    }
    return anchored.node;
  }

  private Node scalar(ScalarEvent event) throws ConfigProblems {
    Mark mark = mark(event);
    String tag = event.getTag().orElse("");
    String text = event.getValue();
    Kind kind;
    if (tag.isEmpty()) {
      kind = event.isPlain() ? Kind.PLAIN : Kind.STRING;
    } else if (tag.equals(BINARY)) {
      try {
        text = decodeBytes(Base64.getMimeDecoder().decode(strictBase64(text)));
      } catch (IllegalArgumentException e) {
        throw new ConfigProblems(mark, "!!binary value contains invalid base64 data");
      }
      kind = Kind.STRING;
    } else {
      // A tag of somebody's own makes a string of it, as with yaml.v2.
      kind = RESOLVED.contains(tag) ? Kind.PLAIN : Kind.STRING;
    }
    return new Scalar(source, mark.line(), mark.column(), text, kind);
  }

  private static String strictBase64(String text) {
    String packed = text.replaceAll("[\\r\\n]", "");
    Base64.getDecoder().decode(packed);
    return packed;
  }

  private Node sequence(SequenceStartEvent start, int depth) throws ConfigProblems {
    List<Node> items = new ArrayList<>();
    while (true) {
      Event event = events.next();
      if (event instanceof SequenceEndEvent) {
        Mark mark = mark(start);
        return new Sequence(source, mark.line(), mark.column(), items);
      }
      items.add(node(event, depth + 1));
    }
  }

  private Node mapping(MappingStartEvent start, int depth) throws ConfigProblems {
    List<Entry> entries = new ArrayList<>();
    List<Mapping> merged = new ArrayList<>();
    while (true) {
      Event event = events.next();
      if (event instanceof MappingEndEvent) {
        break;
      }
      Mark mark = mark(event);
      boolean merge =
          event instanceof ScalarEvent scalar
              && scalar.isPlain()
              && scalar.getTag().isEmpty()
              && scalar.getValue().equals("<<");
      if (!(node(event, depth + 1) instanceof Scalar key)) {
        throw new ConfigProblems(mark, "cannot read YAML: a key must be a scalar");
      }
      Node value = node(events.next(), depth + 1);
      if (merge) {
        collectMerged(value, mark, merged);
      } else {
        entries.add(new Entry(source, mark.line(), mark.column(), key.text(), value));
      }
    }
    if (!merged.isEmpty()) {
      Set<String> known = new HashSet<>();
      entries.forEach(e -> known.add(e.key()));
      for (Mapping mapping : merged) {
        for (Entry entry : mapping.entries()) {
          if (known.add(entry.key())) {
            entries.add(entry);
          }
        }
      }
    }
    Mark mark = mark(start);
    return new Mapping(source, mark.line(), mark.column(), entries);
  }

  private static void collectMerged(Node value, Mark mark, List<Mapping> into)
      throws ConfigProblems {
    if (value instanceof Mapping mapping) {
      into.add(mapping);
      return;
    }
    if (value instanceof Sequence sequence) {
      for (Node item : sequence.items()) {
        if (!(item instanceof Mapping mapping)) {
          throw notMergeable(mark);
        }
        into.add(mapping);
      }
      return;
    }
    throw notMergeable(mark);
  }

  private static ConfigProblems notMergeable(Mark mark) {
    return new ConfigProblems(mark, "map merge requires map or sequence of maps as the value");
  }

  private Mark mark(Event event) {
    return event.getStartMark().map(m -> mark(source, m)).orElse(Mark.of(source));
  }

  private static Mark mark(String source, org.snakeyaml.engine.v2.exceptions.Mark mark) {
    return new Mark(source, mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static Mark place(String source, String text, int position) {
    int line = 1;
    int column = 1;
    int end = Math.min(position, text.length());
    for (int i = 0; i < end; i++) {
      boolean newline = text.charAt(i) == '\n';
      line += newline ? 1 : 0;
      column = newline ? 1 : column + 1;
    }
    return new Mark(source, line, column);
  }

  /** UTF-8, or UTF-16 when it says so by its first bytes. */
  private static String decode(String source, byte[] content) throws ConfigProblems {
    Charset charset = StandardCharsets.UTF_8;
    int skip = 0;
    if (startsWith(content, 0xef, 0xbb, 0xbf)) {
      skip = 3;
    } else if (startsWith(content, 0xfe, 0xff)) {
      charset = StandardCharsets.UTF_16BE;
      skip = 2;
    } else if (startsWith(content, 0xff, 0xfe)) {
      charset = StandardCharsets.UTF_16LE;
      skip = 2;
    }
    ByteBuffer bytes = ByteBuffer.wrap(content, skip, content.length - skip);
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException e) {
      // The decoder leaves the buffer where the bad bytes begin.
      String before = new String(content, skip, bytes.position() - skip, charset);
      throw new ConfigProblems(
          place(source, before, before.length()),
          "cannot read YAML: invalid " + charset + " octet");
    }
  }

  private static boolean startsWith(byte[] content, int... prefix) {
    if (content.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if ((content[i] & 0xff) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Bytes as a string. Those that are no UTF-8 become unpaired surrogates, which nothing else
   * contains: so they reach the check of label names, which refuses them, and {@link Problem} can
   * show them as Go does.
   */
  static String decodeBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    var decoder = StandardCharsets.UTF_8.newDecoder();
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        break;
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (0xdc00 | (in.get() & 0xff)));
      }
      decoder.reset();
    }
    return out.flip().toString();
  }
}
