package io.narthex.web.ui;

import io.narthex.api.template.TemplateObject;
import java.util.Map;

/**
 * What the dot is in a console template.
 *
 * @param rawParams all values of the parameters of the URL
 * @param params the first value of each
 * @param path of the file, below the directory of templates
 * @param externalLabels of the configuration
 */
record ConsoleData(
    UrlValues rawParams,
    Map<String, String> params,
    String path,
    Map<String, String> externalLabels)
    implements TemplateObject {
  /** What stands before every console template, so that authors need not know of the dot. */
  static final String PROLOGUE =
      "{{$rawParams := .RawParams }}{{$params := .Params}}{{$path := .Path}}"
          + "{{$externalLabels := .ExternalLabels}}";

  /** For error messages. */
  @Override
  public String type() {
    return "struct { RawParams url.Values; Params map[string]string; Path string;"
        + " ExternalLabels map[string]string }";
  }
}
