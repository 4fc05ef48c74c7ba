package io.narthex.ingest.otlp;

/** How names of OpenTelemetry become names of Prometheus; the values of the configuration key. */
enum TranslationStrategy {
  UNDERSCORE_ESCAPING_WITH_SUFFIXES("UnderscoreEscapingWithSuffixes", true, true),
  UNDERSCORE_ESCAPING_WITHOUT_SUFFIXES("UnderscoreEscapingWithoutSuffixes", true, false),
  NO_UTF8_ESCAPING_WITH_SUFFIXES("NoUTF8EscapingWithSuffixes", false, true),
  NO_TRANSLATION("NoTranslation", false, false);

  private final String text;

  /** Whether characters that classic names cannot have become underscores. */
  final boolean escapes;

  /** Whether metric names end with unit and type. */
  final boolean addsSuffixes;

  TranslationStrategy(String text, boolean escapes, boolean addsSuffixes) {
    this.text = text;
    this.escapes = escapes;
    this.addsSuffixes = addsSuffixes;
  }

  /**
   * The strategy that is written so.
   *
   * @throws IllegalArgumentException in Prometheus's words when there is none
   */
  static TranslationStrategy parse(String text) {
    for (TranslationStrategy strategy : values()) {
      if (strategy.text.equals(text)) {
        return strategy;
      }
    }
    throw new IllegalArgumentException("unsupported OTLP translation strategy \"" + text + '"');
  }

  @Override
  public String toString() {
    return text;
  }
}
