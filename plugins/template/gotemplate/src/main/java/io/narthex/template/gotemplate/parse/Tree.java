package io.narthex.template.gotemplate.parse;

import io.narthex.template.gotemplate.parse.Node.Nodes;
import io.narthex.template.gotemplate.parse.Node.Statement;
import io.narthex.template.gotemplate.parse.Node.Text;
import io.narthex.template.gotemplate.value.GoText;

/**
 * A template that was read.
 *
 * @param name by which it is called
 * @param source name of the text in which it stands, for messages
 * @param text all of that text
 */
public record Tree(String name, String source, String text, Nodes root) {
  /** Whether there is nothing but space and definitions. */
  public boolean isEmpty() {
    for (Statement node : root.nodes()) {
      if (!(node instanceof Text text && GoText.trim(text.text()).isEmpty())) {
        return false;
      }
    }
    return true;
  }

  /** Where a node stands: source, line, and bytes before it on the line. */
  public String location(int position) {
    int end = Math.min(position, text.length());
    int line = 1;
    int start = 0;
    for (int i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) {
      line++;
      start = i + 1;
    }
    return source + ":" + line + ":" + GoText.length(text.substring(start, end));
  }
}
