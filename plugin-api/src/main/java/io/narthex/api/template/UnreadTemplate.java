package io.narthex.api.template;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A template of an engine that reads texts each time it expands them. */
record UnreadTemplate(Templates templates, String name, String text, Templates.Kind kind)
    implements Template {
  @Override
  public String expand(@Nullable Object data, Map<String, TemplateFunction> functions)
      throws TemplateException {
    return templates.expand(name, text, kind, data);
  }
}
