package io.narthex.ingest.otlp;

import io.narthex.api.config.Default;
import io.narthex.api.model.Quoting;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How OpenTelemetry's metrics are translated; the section {@code otlp}, with Prometheus's keys and
 * defaults. Source: Prometheus 3.14, configuration reference.
 *
 * @param promoteAllResourceAttributes whether all resource attributes become labels of each series
 * @param promoteResourceAttributes those that become labels, when not all do
 * @param ignoreResourceAttributes those that do not, when all others do
 * @param translationStrategy one of {@link TranslationStrategy}
 * @param keepIdentifyingResourceAttributes whether {@code target_info} has {@code service.name},
 *     {@code service.namespace} and {@code service.instance.id} too
 * @param convertHistogramsToNhcb whether histograms with explicit bounds become native ones
 * @param promoteScopeMetadata whether name, version, schema URL and attributes of the scope become
 *     labels
 * @param labelNameUnderscoreSanitization whether {@code key} is put in front of a label name that
 *     starts with one underscore
 * @param labelNamePreserveMultipleUnderscores whether several underscores in a row stay several
 */
record OtlpConfig(
    boolean promoteAllResourceAttributes,
    List<String> promoteResourceAttributes,
    List<String> ignoreResourceAttributes,
    @Default("UnderscoreEscapingWithSuffixes") String translationStrategy,
    boolean keepIdentifyingResourceAttributes,
    boolean convertHistogramsToNhcb,
    boolean promoteScopeMetadata,
    @Default("true") boolean labelNameUnderscoreSanitization,
    @Default("true") boolean labelNamePreserveMultipleUnderscores) {

  /** Trims names of attributes and checks what can be checked without the other sections. */
  OtlpConfig {
    if (promoteAllResourceAttributes) {
      if (!promoteResourceAttributes.isEmpty()) {
        throw new IllegalArgumentException(
            "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be"
                + " configured simultaneously");
      }
      promoteResourceAttributes = List.of();
      ignoreResourceAttributes =
          names(ignoreResourceAttributes, "ignore_resource_attributes", "ignored");
    } else {
      if (!ignoreResourceAttributes.isEmpty()) {
        throw new IllegalArgumentException(
            "'ignore_resource_attributes' cannot be configured unless"
                + " 'promote_all_resource_attributes' is true");
      }
      ignoreResourceAttributes = List.of();
      promoteResourceAttributes =
          names(promoteResourceAttributes, "promote_resource_attributes", "promoted");
    }
    if (translationStrategy.isEmpty()) {
      // As upstream: an empty string is let pass, and neither escapes nor adds suffixes.
      translationStrategy = TranslationStrategy.NO_TRANSLATION.toString();
    }
    translationStrategy = TranslationStrategy.parse(translationStrategy).toString();
  }

  private static List<String> names(List<String> given, String key, String adjective) {
    Set<String> names = new LinkedHashSet<>();
    List<String> problems = new ArrayList<>();
    for (String one : given) {
      String name = one.strip();
      if (name.isEmpty()) {
        problems.add("empty " + adjective + " OTel resource attribute");
      } else if (!names.add(name)) {
        problems.add("duplicated " + adjective + " OTel resource attribute " + Quoting.quote(name));
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException("invalid '" + key + "': " + String.join("\n", problems));
    }
    return List.copyOf(names);
  }

  TranslationStrategy strategy() {
    return TranslationStrategy.parse(translationStrategy);
  }

  /** Whether a resource attribute of that name becomes a label. */
  boolean promotes(String attribute) {
    return promoteAllResourceAttributes
        ? !ignoreResourceAttributes.contains(attribute)
        : promoteResourceAttributes.contains(attribute);
  }
}
