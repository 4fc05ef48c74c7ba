package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageAdmin;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code admin/tsdb/snapshot}, {@code …/delete_series} and {@code …/clean_tombstones}. */
final class AdminEndpoints {
  private static final String FLAG = "web.enable-admin-api";

  private final Current<QueryEngine> engine;
  private final Current<Storage> storage;
  private final RunningConfiguration configuration;

  AdminEndpoints(
      Current<QueryEngine> engine, Current<Storage> storage, RunningConfiguration configuration) {
    this.engine = engine;
    this.storage = storage;
    this.configuration = configuration;
  }

  List<Route> routes() {
    return List.of(
        route("snapshot", this::snapshot),
        route("delete_series", this::deleteSeries),
        route("clean_tombstones", this::cleanTombstones));
  }

  private static Route route(String name, Endpoint.Body body) {
    return new Route(
        Set.of("POST", "PUT"),
        "/api/v1/admin/tsdb/" + name,
        new Endpoint(body),
        Route.DEFAULT_MAX_BODY_BYTES);
  }

  private void requireEnabled() throws ApiException {
    if (!"true".equals(configuration.flags().get(FLAG))) {
      throw new ApiException(ApiException.Type.SWITCHED_OFF, "admin APIs disabled");
    }
  }

  private StorageAdmin admin() throws ApiException {
    return StorageEndpoints.able(storage, StorageAdmin.class, "does");
  }

  private void snapshot(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    requireEnabled();
    boolean skipHead = skipHead(p.first("skip_head"));
    String name;
    try {
      name = admin().snapshot(skipHead);
    } catch (StorageException e) {
      throw new ApiException(ApiException.Type.INTERNAL, "create snapshot: " + e.getMessage());
    }
    json.beginObject().key("name").value(name).endObject();
  }

  private static boolean skipHead(String text) throws ApiException {
    try {
      return !text.isEmpty() && Parameters.parseBool(text);
    } catch (IllegalArgumentException e) {
      throw ApiException.badParameter("skip_head", "unable to parse boolean: " + e.getMessage());
    }
  }

  private void deleteSeries(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws ApiException, Endpoint.NothingException {
    requireEnabled();
    List<String> selectors = p.all("match[]");
    if (selectors.isEmpty()) {
      throw ApiException.badData("no match[] parameter provided");
    }
    long start = p.time("start", Parameters.MIN_TIME);
    long end = p.time("end", Parameters.MAX_TIME);
    List<List<Matcher>> parsed = new ArrayList<>();
    for (String selector : selectors) {
      try {
        parsed.add(ApiException.needed(engine).parseSelector(selector));
      } catch (QueryException e) {
        throw ApiException.badParameter("match[]", String.valueOf(e.getMessage()));
      }
    }
    StorageAdmin admin = admin();
    try {
      for (List<Matcher> matchers : parsed) {
        if (matchers.isEmpty()) {
          // {} selects nothing in Prometheus, and no slip shall delete everything.
          continue;
        }
        admin.delete(start, end, matchers);
      }
    } catch (StorageException e) {
      throw new ApiException(ApiException.Type.INTERNAL, String.valueOf(e.getMessage()));
    }
    throw new Endpoint.NothingException();
  }

  private void cleanTombstones(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws ApiException, Endpoint.NothingException {
    requireEnabled();
    try {
      admin().cleanTombstones();
    } catch (StorageException e) {
      throw new ApiException(ApiException.Type.INTERNAL, String.valueOf(e.getMessage()));
    }
    throw new Endpoint.NothingException();
  }
}
