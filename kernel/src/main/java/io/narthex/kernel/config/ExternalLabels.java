package io.narthex.kernel.config;

import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Puts the values of environment variables into {@code global.external_labels}, as Prometheus 3
 * does: {@code $name} and {@code ${name}} stand for a variable, {@code $$} for a dollar. Done
 * before anything is bound, so that everybody sees the same labels. The rules are those of Go's
 * {@code os.Expand}.
 */
final class ExternalLabels {
  private static final List<String> PATH = List.of("global", "external_labels");

  /** Characters that are a variable's whole name, as a shell has it. */
  private static final String SPECIAL = "*#$@!?-0123456789";

  private final Map<String, String> environment;
  private final Findings findings;

  private ExternalLabels(Map<String, String> environment, Findings findings) {
    this.environment = environment;
    this.findings = findings;
  }

  /** The tree with all values expanded; a variable that is empty or not set is warned of. */
  static Mapping expand(Mapping tree, Map<String, String> environment, Findings findings) {
    return Trees.find(tree, PATH) instanceof Mapping labels
        ? Trees.put(tree, PATH, new ExternalLabels(environment, findings).expand(labels))
        : tree;
  }

  private Mapping expand(Mapping labels) {
    List<Entry> entries = new ArrayList<>(labels.entries().size());
    for (Entry entry : labels.entries()) {
      boolean concerned = entry.value() instanceof Scalar scalar && scalar.text().indexOf('$') >= 0;
      entries.add(concerned ? expand(entry, (Scalar) entry.value()) : entry);
    }
    return new Mapping(labels.source(), labels.line(), labels.column(), entries);
  }

  private Entry expand(Entry entry, Scalar value) {
    String text =
        expand(value.text(), value.mark(), Binder.join("global.external_labels", entry.key()));
    // A string from now on: what a variable holds is never a number or nothing.
    Scalar expanded =
        new Scalar(value.source(), value.line(), value.column(), text, Node.Kind.STRING);
    return new Entry(entry.source(), entry.line(), entry.column(), entry.key(), expanded);
  }

  private String expand(String text, Mark mark, String path) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '$' || at == text.length()) {
        out.append(c);
      } else if (text.charAt(at) == '{') {
        // "${$}" is a name, though "$" could begin none.
        int end = text.indexOf('}', at);
        if (end < 0) {
          at++; // As Go: the two characters are dropped.
        } else {
          if (end > at + 1) {
            out.append(value(text.substring(at + 1, end), mark, path));
          }
          at = end + 1;
        }
      } else {
        int end = at;
        if (SPECIAL.indexOf(text.charAt(at)) >= 0) {
          end++;
        } else {
          while (end < text.length() && isNamePart(text.charAt(end))) {
            end++;
          }
        }
        out.append(end == at ? "$" : value(text.substring(at, end), mark, path));
        at = end;
      }
    }
    return out.toString();
  }

  private static boolean isNamePart(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private String value(String name, Mark mark, String path) {
    if (name.equals("$")) {
      return "$";
    }
    String value = environment.getOrDefault(name, "");
    if (value.isEmpty()) {
      findings.warning(mark, path, "Empty environment variable name=" + name);
    }
    return value;
  }
}
