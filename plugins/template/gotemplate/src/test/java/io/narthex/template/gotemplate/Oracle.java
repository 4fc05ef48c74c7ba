package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.api.template.Templates;
import io.narthex.template.gotemplate.value.GoText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * Expands templates from the standard input, one quoted on each line as {@code data missing kind
 * "text"}, and prints {@code = "text"} or {@code ! "error"}: to compare with another
 * implementation.
 */
final class Oracle {
  private Oracle() {}

  /**
   * Expands one.
   *
   * @param kind text, html, or the name of a set of functions, with -html behind it or not
   */
  static String expand(String data, String missing, String kind, String text)
      throws TemplateException {
    MissingKey missingKey = MissingKey.valueOf(missing.toUpperCase(Locale.ROOT));
    boolean html = kind.endsWith("html");
    String set = html ? kind.substring(0, Math.max(0, kind.length() - 5)) : kind;
    TemplateOptions options =
        set.isEmpty() || set.equals("text")
            ? Fixture.options()
            : TemplateOptions.DEFAULT
                .withFunctionSet(set)
                .withFunctions(set.equals("prometheus") ? Fixture.prometheus() : Map.of());
    return new GoTemplateEngine()
        .parse(Map.of(), options.withMissingKey(missingKey))
        .expand("t", text, html ? Templates.Kind.HTML : Templates.Kind.TEXT, Fixture.data(data));
  }

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    StringBuilder out = new StringBuilder();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split(" ", 4);
      String text = GoText.unquote(parts[3]);
      String result;
      try {
        result =
            "= " + GoText.quote(expand(parts[0], parts[1], parts[2], text == null ? "" : text));
      } catch (TemplateException e) {
        result = "! " + GoText.quote(String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        result = "? " + GoText.quote(e.toString());
        e.printStackTrace();
      }
      out.append(result).append('\n');
    }
    System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
