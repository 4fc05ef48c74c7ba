package io.narthex.kernel.web;

import io.narthex.api.web.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a path: a literal segment wins over a name, a name over the rest; where the
 * better one has no route for the method, the next is tried. Immutable; a change of routes makes a
 * new one.
 */
final class Router {
  /** Who brought a route. */
  record Entry(Route route, String owner, boolean kernel) {}

  /** What was found. */
  sealed interface Outcome {}

  /**
   * A route for path and method.
   *
   * @param parameters by name, decoded
   */
  record Found(Entry entry, Map<String, String> parameters) implements Outcome {}

  /**
   * A route for the path, but not for the method.
   *
   * @param allowed methods that would do, sorted
   */
  record WrongMethod(Set<String> allowed) implements Outcome {}

  /** No route for the path. */
  record NotFound() implements Outcome {}

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    @Nullable Node name;
    final Map<String, Entry> methods = new HashMap<>();
    final Map<String, Entry> rest = new HashMap<>();
  }

  private final Node root = new Node();
  private final List<Conflict> conflicts = new ArrayList<>();
  private final List<Route> routes = new ArrayList<>();

  /** Two owners brought the same path and method; the first has it. */
  record Conflict(Entry first, Entry second, String method) {}

  /**
   * Makes one.
   *
   * @param entries those of plugins in the order in which they were loaded, then the kernel's: of
   *     two for the same path and method the first is taken
   */
  Router(List<Entry> entries) {
    for (Entry entry : entries) {
      add(entry);
    }
  }

  /** Routes of plugins that stand behind another plugin's. */
  List<Conflict> conflicts() {
    return conflicts;
  }

  /** The routes that are found, each with those of its methods that are. */
  List<Route> routes() {
    return List.copyOf(routes);
  }

  private void add(Entry entry) {
    Node node = root;
    Map<String, Entry> methods = null;
    List<String> segments = UrlText.split(entry.route().path());
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.startsWith("*") && i == segments.size() - 1) {
        methods = node.rest;
      } else if (segment.startsWith(":")) {
        Node next = node.name;
        if (next == null) {
          next = new Node();
          node.name = next;
        }
        node = next;
      } else {
        node = node.literals.computeIfAbsent(segment, s -> new Node());
      }
    }
    methods = methods == null ? node.methods : methods;
    Set<String> found = new TreeSet<>();
    for (String method : entry.route().methods()) {
      Entry first = methods.putIfAbsent(method, entry);
      if (first == null) {
        found.add(method);
      } else if (!entry.kernel()) {
        conflicts.add(new Conflict(first, entry, method));
      }
    }
    if (!found.isEmpty()) {
      routes.add(entry.route().methods(found));
    }
  }

  /**
   * Finds a route.
   *
   * @param method in upper case; HEAD is served by a route for GET
   * @param segments decoded
   */
  Outcome find(String method, List<String> segments) {
    Set<String> allowed = new TreeSet<>();
    List<String> values = new ArrayList<>();
    Entry entry = find(root, method, segments, 0, values, allowed);
    if (entry != null) {
      return new Found(entry, named(entry.route().path(), values));
    }
    if (allowed.isEmpty()) {
      return new NotFound();
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return new WrongMethod(allowed);
  }

  private static @Nullable Entry find(
      Node node,
      String method,
      List<String> segments,
      int index,
      List<String> values,
      Set<String> allowed) {
    if (index == segments.size()) {
      Entry entry = take(node.methods, method, allowed);
      if (entry == null) {
        entry = take(node.rest, method, allowed);
        if (entry != null) {
          values.add("");
        }
      }
      return entry;
    }
    String segment = segments.get(index);
    Node literal = node.literals.get(segment);
    if (literal != null) {
      Entry entry = find(literal, method, segments, index + 1, values, allowed);
      if (entry != null) {
        return entry;
      }
    }
    if (node.name != null && !segment.isEmpty()) {
      values.add(segment);
      Entry entry = find(node.name, method, segments, index + 1, values, allowed);
      if (entry != null) {
        return entry;
      }
      values.removeLast();
    }
    if (!node.rest.isEmpty() && isSafe(segments, index)) {
      Entry entry = take(node.rest, method, allowed);
      if (entry != null) {
        values.add(String.join("/", segments.subList(index, segments.size())));
        return entry;
      }
    }
    return null;
  }

  /** A rest often becomes a file name: an escaped slash must not bring more segments. */
  private static boolean isSafe(List<String> segments, int from) {
    for (int i = from; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.indexOf('/') >= 0 || segment.indexOf('\\') >= 0) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Entry take(
      Map<String, Entry> methods, String method, Set<String> allowed) {
    Entry entry = methods.get(method);
    if (entry == null && method.equals("HEAD")) {
      entry = methods.get("GET");
    }
    if (entry == null) {
      allowed.addAll(methods.keySet());
    }
    return entry;
  }

  private static Map<String, String> named(String path, List<String> values) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, String> out = new HashMap<>();
    int next = 0;
    for (String segment : UrlText.split(path)) {
      if (segment.startsWith(":") || segment.startsWith("*")) {
        out.put(segment.substring(1), values.get(next++));
      }
    }
    return out;
  }
}
