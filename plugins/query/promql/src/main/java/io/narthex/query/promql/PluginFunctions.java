package io.narthex.query.promql;

import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.FunctionProvider;
import io.narthex.query.promql.parse.FunctionLookup;
import io.narthex.query.promql.parse.FunctionSignature;
import io.narthex.query.promql.parse.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The functions that plugins bring, as they are at the time of each look-up. */
final class PluginFunctions
    implements FunctionLookup, Function<String, @Nullable FunctionProvider> {
  private final Extensions extensions;

  PluginFunctions(Extensions extensions) {
    this.extensions = extensions;
  }

  @Override
  public @Nullable FunctionProvider apply(String name) {
    for (FunctionProvider provider : extensions.all(FunctionProvider.class)) {
      if (provider.name().equals(name)) {
        return provider;
      }
    }
    return null;
  }

  @Override
  public @Nullable FunctionSignature find(String name) {
    FunctionProvider provider = apply(name);
    if (provider == null) {
      return null;
    }
    FunctionProvider.Function function = provider.function();
    List<ValueType> arguments = new ArrayList<>();
    arguments.add(
        switch (function) {
          case FunctionProvider.PointFunction _ -> ValueType.VECTOR;
          case FunctionProvider.RangeFunction _ -> ValueType.MATRIX;
        });
    for (int i = 0; i < function.scalarArguments(); i++) {
      arguments.add(ValueType.SCALAR);
    }
    return new FunctionSignature(name, arguments, 0, ValueType.VECTOR, false);
  }
}
