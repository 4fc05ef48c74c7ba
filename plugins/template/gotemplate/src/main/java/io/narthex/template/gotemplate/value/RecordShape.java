package io.narthex.template.gotemplate.value;

import io.narthex.api.template.TemplateObject;
import io.narthex.template.gotemplate.value.GoValue.Fields;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a class of records looks like as a struct. */
final class RecordShape {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return new RecordShape(type);
        }
      };

  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> indexes = new HashMap<>();
  private final List<MethodHandle> accessors = new ArrayList<>();
  private final List<@Nullable GoType> types = new ArrayList<>();
  private final GoType type;

  private RecordShape(Class<?> record) {
    StringBuilder struct = new StringBuilder("struct {");
    for (RecordComponent component : record.getRecordComponents()) {
      String name = component.getName();
      String field = Character.toUpperCase(name.charAt(0)) + name.substring(1);
      GoType declared = declared(component.getGenericType());
      struct.append(names.isEmpty() ? " " : "; ").append(field).append(' ');
      struct.append(declared == null ? "interface {}" : declared.name());
      indexes.put(field, names.size());
      names.add(field);
      types.add(declared);
      try {
        Method accessor = component.getAccessor();
        accessor.setAccessible(true);
        accessors.add(
            MethodHandles.lookup()
                .unreflect(accessor)
                .asType(MethodType.methodType(Object.class, Object.class)));
      } catch (IllegalAccessException e) {
        throw new IllegalArgumentException("cannot read " + component, e);
      }
    }
    type = GoType.of(struct.append(names.isEmpty() ? "}" : " }").toString());
  }

  static RecordShape of(Class<?> record) {
    return SHAPES.get(record);
  }

  /** The type that a component is declared with; null where only the value tells. */
  private static @Nullable GoType declared(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      Type[] of = parameterized.getActualTypeArguments();
      if (parameterized.getRawType() == Map.class) {
        return GoType.of("map[" + name(of[0]) + "]" + name(of[1]));
      }
      if (parameterized.getRawType() == List.class) {
        return GoType.of("[]" + name(of[0]));
      }
      return null;
    }
    if (!(type instanceof Class<?> c)) {
      return null;
    }
    if (c == String.class) {
      return GoType.STRING;
    }
    if (c == boolean.class || c == Boolean.class) {
      return GoType.BOOL;
    }
    if (c == double.class || c == Double.class || c == float.class || c == Float.class) {
      return GoType.FLOAT64;
    }
    if (c == long.class || c == Long.class || c == int.class || c == Integer.class) {
      return GoType.INT;
    }
    if (c == Instant.class || c == ZonedDateTime.class) {
      return GoType.of("time.Time");
    }
    if (c == Duration.class) {
      return GoType.of("time.Duration");
    }
    if (c == Object.class) {
      return GoType.ANY;
    }
    return null;
  }

  private static String name(Type type) {
    GoType declared = declared(type);
    if (declared != null) {
      return declared.name();
    }
    if (type instanceof Class<?> c && c.isRecord() && !TemplateObject.class.isAssignableFrom(c)) {
      return of(c).type.name();
    }
    return type instanceof Class<?> c && TemplateObject.class.isAssignableFrom(c)
        ? "template." + c.getSimpleName()
        : "interface {}";
  }

  Struct struct(Record record, @Nullable String name, Methods methods) {
    GoType named = name == null ? type : GoType.named(name, type);
    return new Struct(named, new RecordFields(this, record), methods);
  }

  /** The fields of one record. */
  record RecordFields(RecordShape shape, Record source) implements Fields {
    @Override
    public List<String> names() {
      return shape.names;
    }

    @Override
    public int indexOf(String name) {
      Integer index = shape.indexes.get(name);
      return index == null ? -1 : index;
    }

    @Override
    public @Nullable Object get(int index) {
      Object raw;
      try {
        raw = shape.accessors.get(index).invokeExact((Object) source);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      return Data.of(raw, shape.types.get(index));
    }
  }
}
