package io.narthex.api.web;

import io.narthex.api.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Route} does, for the description of the HTTP API that {@code /api/v1/openapi.yaml}
 * gives. A route below {@code /api/v1} that has none stands there with its path, methods and path
 * parameters. Every method gives a new one. Immutable.
 *
 * <pre>{@code
 * Route.getOrPost("/api/v1/things", this::things)
 *     .describedBy(
 *         Operation.of("things", "List things")
 *             .with(Operation.Parameter.of("size", "How large", Schema.integer()).required())
 *             .answers(Operation.Answer.json(200, "The things", Schema.array(Schema.string()))))
 * }</pre>
 *
 * @param tag what it is listed under: a short word; empty for a route that says nothing of itself
 * @param summary a line without a full stop
 * @param description more, in CommonMark; may be empty
 * @param parameters those that the handler reads, in the order in which readers should meet them
 * @param bodyTypes media types of bodies that the handler reads by {@link WebRequest#body}; empty
 *     for none. A form that {@link WebRequest#parameters} reads is not among them
 * @param answers what comes back; several of one status differ in their media type
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Operation(
    String tag,
    String summary,
    String description,
    List<Parameter> parameters,
    List<String> bodyTypes,
    List<Answer> answers) {
  /** Of a route that says nothing of itself. */
  public static final Operation UNDESCRIBED =
      new Operation("", "", "", List.of(), List.of(), List.of());

  public Operation {
    Objects.requireNonNull(tag);
    Objects.requireNonNull(summary);
    Objects.requireNonNull(description);
    parameters = List.copyOf(parameters);
    bodyTypes = List.copyOf(bodyTypes);
    answers = List.copyOf(answers);
    long names = parameters.stream().map(Parameter::name).distinct().count();
    if (names < parameters.size()) {
      throw new IllegalArgumentException(
          "cannot describe " + summary + ": got a parameter twice, want each once");
    }
  }

  /**
   * One that takes and gives nothing.
   *
   * @param tag what it is listed under
   * @param summary a line without a full stop
   */
  public static Operation of(String tag, String summary) {
    return new Operation(tag, summary, "", List.of(), List.of(), List.of());
  }

  /** With a text that says more. */
  public Operation describedBy(String text) {
    return new Operation(tag, summary, text, parameters, bodyTypes, answers);
  }

  /** With further parameters. */
  public Operation with(Parameter... further) {
    List<Parameter> all = new ArrayList<>(parameters);
    all.addAll(List.of(further));
    return new Operation(tag, summary, description, all, bodyTypes, answers);
  }

  /** With bodies of these media types. */
  public Operation takes(String... mediaTypes) {
    return new Operation(tag, summary, description, parameters, List.of(mediaTypes), answers);
  }

  /** With further answers. */
  public Operation answers(Answer... further) {
    List<Answer> all = new ArrayList<>(answers);
    all.addAll(List.of(further));
    return new Operation(tag, summary, description, parameters, bodyTypes, all);
  }

  /** Where a parameter stands. */
  public enum Place {
    /** In the place of {@code :name} or {@code *name} of the path. */
    PATH,
    /** In the URL. */
    URL,
    /** In the URL, or with POST, PUT and PATCH in a form: {@link WebRequest#parameters}. */
    FORM
  }

  /**
   * A parameter.
   *
   * @param name as clients write it, {@code match[]} with its brackets
   * @param description what it does, what stands for it when it is left out, and its unit
   * @param schema of one value; of a list when it may be given several times
   * @param place where it stands
   * @param isRequired whether the request is refused without it; always so in a path
   * @since 0.1
   */
  @Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
  public record Parameter(
      String name, String description, Schema schema, Place place, boolean isRequired) {
    public Parameter {
      Objects.requireNonNull(name);
      Objects.requireNonNull(description);
      Objects.requireNonNull(schema);
      isRequired = isRequired || place == Place.PATH;
    }

    /** A text that may be left out, in the URL or a form. */
    public static Parameter of(String name, String description) {
      return of(name, description, Schema.string());
    }

    /** A value that may be left out, in the URL or a form. */
    public static Parameter of(String name, String description, Schema schema) {
      return new Parameter(name, description, schema, Place.FORM, false);
    }

    /** The same, which must be given. */
    public Parameter required() {
      return new Parameter(name, description, schema, place, true);
    }

    /** The same, which may be given several times. */
    public Parameter repeated() {
      return new Parameter(name, description, Schema.array(schema), place, isRequired);
    }

    /** The same elsewhere. */
    public Parameter in(Place other) {
      return new Parameter(name, description, schema, other, isRequired);
    }
  }

  /**
   * An answer.
   *
   * @param status 0 for all that are not named
   * @param description a line without a full stop
   * @param mediaType of the body; empty when there is none
   * @param schema of the body, of one item when it is a sequence; null when JSON Schema has nothing
   *     to say of it
   * @param isSequence whether the body is one item after the other, as of {@code text/event-stream}
   *     and {@code application/x-ndjson}
   * @since 0.1
   */
  @Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
  public record Answer(
      int status,
      String description,
      String mediaType,
      @Nullable Schema schema,
      boolean isSequence) {
    public Answer {
      if (status != 0 && (status < 100 || status > 599)) {
        throw new IllegalArgumentException(
            "cannot describe an answer: got status " + status + ", want 100 to 599, or 0");
      }
      Objects.requireNonNull(description);
      Objects.requireNonNull(mediaType);
    }

    /** One without a body. */
    public static Answer empty(int status, String description) {
      return new Answer(status, description, "", null, false);
    }

    /** One whose body is no JSON. */
    public static Answer of(int status, String description, String mediaType) {
      return new Answer(status, description, mediaType, null, false);
    }

    /** One of JSON. */
    public static Answer json(int status, String description, Schema schema) {
      return new Answer(status, description, "application/json", schema, false);
    }

    /** One item after the other. */
    public static Answer sequence(int status, String description, String mediaType, Schema item) {
      return new Answer(status, description, mediaType, item, true);
    }

    /** {@link #schema}, where there is one. */
    public Optional<Schema> described() {
      return Optional.ofNullable(schema);
    }
  }
}
