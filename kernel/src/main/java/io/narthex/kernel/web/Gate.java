package io.narthex.kernel.web;

import io.narthex.api.access.Access;
import io.narthex.api.access.AccessControl;
import io.narthex.api.access.AccessControl.Decision;
import io.narthex.api.access.AccessControl.Denied;
import io.narthex.api.access.AccessControl.Granted;
import io.narthex.api.access.AccessControl.Unknown;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.web.Route;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides of each request to the main server what its sender may see, while the configuration wants
 * that ({@code web.access}), and refuses what is not for them. Whatever goes wrong, nobody gets in:
 * a request is let through by a decision alone.
 *
 * <p>The kernel's own pages that tell nothing ({@code /-/healthy}, {@code /-/ready}) are for
 * everybody whom the web configuration file lets in: who looks whether the process lives has no
 * token.
 */
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final String BEARER = "Bearer ";

  /** Of those who are not let in, should anything ask: no series has a name and has none. */
  private static final Access NOTHING =
      new Access(
          "",
          List.of(
              List.of(
                  Matcher.equal(LabelNames.METRIC_NAME, ""),
                  Matcher.of(Matcher.Type.NOT_EQUAL, LabelNames.METRIC_NAME, ""))),
          QueryLimits.NONE);

  /**
   * Why a request is not answered.
   *
   * @param status 401, 403 or 503
   * @param errorType as the API names it
   */
  record Refusal(int status, String errorType, String message) {
    static Refusal unauthorized(String message) {
      return new Refusal(401, "unauthorized", message);
    }

    static Refusal forbidden(String message) {
      return new Refusal(403, "forbidden", message);
    }
  }

  private final AccessControls controls;

  Gate(AccessControls controls) {
    this.controls = controls;
  }

  /** Whether anything is to be decided. */
  boolean isOn() {
    return controls.areWanted();
  }

  /**
   * Decides by the request's token, where users are asked for else.
   *
   * @param authorization the header; null when absent
   * @return whether it was let in; if not, nothing is decided yet
   */
  boolean admitsBearer(ServerRequest request, @Nullable String authorization) {
    String token = token(authorization);
    if (token.isEmpty() || !(ask(c -> c.ofToken(token)) instanceof Granted granted)) {
      return false;
    }
    admit(request, granted);
    return true;
  }

  private static void admit(ServerRequest request, Granted granted) {
    if (!granted.access().name().isEmpty()) {
      request.authenticated(granted.access().name());
    }
    request.admitted(granted.access());
  }

  private static String token(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return "";
    }
    return authorization.substring(BEARER.length()).strip();
  }

  /**
   * Decides by the user whom the web configuration file's rules have let in; by the token where
   * they ask for none.
   *
   * @param authorization the header; null when absent
   */
  void judge(ServerRequest request, @Nullable String authorization) {
    String user = request.user().orElse("");
    String token = token(authorization);
    Decision decision;
    if (!token.isEmpty()) {
      decision = ask(c -> c.ofToken(token));
    } else if (!user.isEmpty()) {
      decision = ask(c -> c.ofUser(user));
    } else {
      decision = ask(AccessControl::ofAnybody);
    }
    switch (decision) {
      case Granted granted when !token.isEmpty() -> admit(request, granted);
      case Granted granted -> request.admitted(granted.access());
      case Denied denied ->
          request.refused(
              Refusal.forbidden(
                  "access denied: "
                      + Quoting.quote(denied.name())
                      + " may see nothing here (web.access)"),
              NOTHING);
      case Unknown unknown ->
          request.refused(
              Refusal.unauthorized(
                  token.isEmpty()
                      ? "access denied: want a user or a token (web.access)"
                      : "access denied: unknown token (web.access)"),
              NOTHING);
      case null ->
          request.refused(
              new Refusal(
                  503,
                  "unavailable",
                  "access denied: nobody is there to decide who may see what (web.access)"),
              NOTHING);
    }
  }

  /** Null when there is nobody to ask. */
  private @Nullable Decision ask(Function<AccessControl, Decision> question) {
    List<AccessControl> all = controls.all();
    if (all.isEmpty()) {
      return null;
    }
    try {
      return question.apply(all.get(0));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      LOG.atError().setCause(e).log("Access cannot be decided");
      return null;
    }
  }

  /** Why a route is not for the sender of a request; null when it is. */
  static @Nullable Refusal refusal(ServerRequest request, Router.Entry entry) {
    Route.Audience audience = entry.route().audience();
    Refusal refusal = request.refusal();
    if (refusal != null) {
      return entry.kernel() && audience == Route.Audience.ALL ? null : refusal;
    }
    if (audience == Route.Audience.UNRESTRICTED && request.access().isRestricted()) {
      String name = request.access().name();
      return Refusal.forbidden(
          "access denied: "
              + (name.isEmpty() ? "the sender" : Quoting.quote(name))
              + " may see a part of the series, and this is for those who see everything"
              + " (web.access)");
    }
    return null;
  }

  /**
   * Answers a request that is refused: as the API answers where it would have, else with a text.
   *
   * @param path below the route prefix
   */
  static void refuse(Refusal refusal, String path, ServerResponse response) throws IOException {
    if (refusal.status() == 401) {
      response.header("WWW-Authenticate", "Bearer");
    }
    if (!path.startsWith("/api/v1/")) {
      response.error(refusal.status(), refusal.message());
    } else {
      StringBuilder json = new StringBuilder("{\"status\":\"error\",\"errorType\":");
      Quoting.json(refusal.errorType(), json);
      json.append(",\"error\":");
      Quoting.json(refusal.message(), json);
      response.reset();
      response.status(refusal.status());
      response.send("application/json", json.append('}').toString());
    }
  }
}
