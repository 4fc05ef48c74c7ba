package io.narthex.web.api;

import io.narthex.api.query.SyntaxValue;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;

/** Writes syntax trees. Does not recurse: a chain of operators is as deep as it is long. */
final class SyntaxJson {
  /** A node or list that is being written; one of the two is empty. */
  private record Open(
      boolean node, Iterator<Map.Entry<String, SyntaxValue>> fields, Iterator<SyntaxValue> items) {}

  private SyntaxJson() {}

  static void write(SyntaxValue tree, JsonStream json) throws IOException {
    Deque<Open> open = new ArrayDeque<>();
    begin(tree, json, open);
    while (!open.isEmpty()) {
      Open last = open.getLast();
      if (last.fields().hasNext()) {
        Map.Entry<String, SyntaxValue> field = last.fields().next();
        json.key(field.getKey());
        begin(field.getValue(), json, open);
      } else if (last.items().hasNext()) {
        begin(last.items().next(), json, open);
      } else {
        open.removeLast();
        if (last.node()) {
          json.endObject();
        } else {
          json.endArray();
        }
      }
    }
  }

  /** Writes a value, of one with parts the beginning. */
  private static void begin(SyntaxValue value, JsonStream json, Deque<Open> open)
      throws IOException {
    switch (value) {
      case SyntaxValue.Node node -> {
        json.beginObject();
        open.addLast(
            new Open(true, node.fields().entrySet().iterator(), Collections.emptyIterator()));
      }
      case SyntaxValue.Items items -> {
        json.beginArray();
        open.addLast(new Open(false, Collections.emptyIterator(), items.items().iterator()));
      }
      case SyntaxValue.Text text -> json.value(text.text());
      case SyntaxValue.Whole whole -> json.value(whole.number());
      case SyntaxValue.Real real -> {
        if (Double.isFinite(real.number())) {
          json.value(real.number());
        } else {
          json.sampleValue(real.number());
        }
      }
      case SyntaxValue.Truth truth -> json.value(truth.truth());
      case SyntaxValue.Nothing nothing -> json.nothing();
    }
  }
}
