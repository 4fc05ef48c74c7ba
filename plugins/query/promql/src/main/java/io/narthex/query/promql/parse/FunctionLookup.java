package io.narthex.query.promql.parse;

import org.jspecify.annotations.Nullable;

/** Knows the functions that a query may call. Called by any thread. */
@FunctionalInterface
public interface FunctionLookup {

  /** The function of exactly this name, or null. */
  @Nullable FunctionSignature find(String name);

  /** This, and where it knows nothing, {@code other}. */
  default FunctionLookup or(FunctionLookup other) {
    return name -> {
      FunctionSignature found = find(name);
      return found != null ? found : other.find(name);
    };
  }
}
