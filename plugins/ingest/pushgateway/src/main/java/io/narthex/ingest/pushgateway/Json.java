package io.narthex.ingest.pushgateway;

import io.narthex.api.model.Quoting;

/** JSON that is being written: commas and quotes are seen to. Not safe for several threads. */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private boolean first = true;

  Json begin(char bracket) {
    comma();
    out.append(bracket);
    first = true;
    return this;
  }

  Json end(char bracket) {
    out.append(bracket);
    first = false;
    return this;
  }

  Json key(String name) {
    comma();
    Quoting.json(name, out);
    out.append(':');
    first = true;
    return this;
  }

  Json value(String text) {
    comma();
    Quoting.json(text, out);
    return this;
  }

  Json value(boolean flag) {
    comma();
    out.append(flag);
    return this;
  }

  private void comma() {
    if (!first) {
      out.append(',');
    }
    first = false;
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
