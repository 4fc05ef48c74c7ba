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

  static String expand(String data, String missing, boolean html, String text)
      throws TemplateException {
    MissingKey missingKey = MissingKey.valueOf(missing.toUpperCase(Locale.ROOT));
    TemplateOptions options = Fixture.options().withMissingKey(missingKey);
    return new GoTemplateEngine()
        .parse(Map.of(), options)
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
            "= "
                + GoText.quote(
                    expand(parts[0], parts[1], parts[2].equals("html"), text == null ? "" : text));
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
