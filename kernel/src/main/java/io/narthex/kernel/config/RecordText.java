package io.narthex.kernel.config;

import io.narthex.api.config.ConfigText;

/** {@link ConfigWriter} as a service. */
public final class RecordText implements ConfigText {
  /** Makes one; all are alike. */
  public RecordText() {}

  @Override
  public String yaml(Record record) {
    return ConfigWriter.write(record);
  }
}
