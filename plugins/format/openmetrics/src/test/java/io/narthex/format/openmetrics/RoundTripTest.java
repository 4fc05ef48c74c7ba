package io.narthex.format.openmetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.WrittenSeries;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.format.openmetrics.Expositions.Sample;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Exemplars that are written as the specification says are read as they were meant. */
class RoundTripTest {
  /**
   * A sample as it is meant.
   *
   * @param exemplar null where it has none
   */
  record Meant(WrittenSeries series, double value, Exemplar exemplar) {
    void write(StringBuilder out) {
      series.write(out);
      out.append(' ').append(WrittenSeries.number(value));
      if (exemplar != null) {
        out.append(" # {");
        WrittenSeries.write(exemplar.labels().toMap(), out);
        out.append("} ").append(WrittenSeries.number(exemplar.value()));
        if (exemplar.hasTimestamp()) {
          out.append(' ').append(exemplar.timestamp() / 1000);
        }
      }
      out.append('\n');
    }
  }

  @Provide
  static Arbitrary<List<Meant>> samples() {
    Arbitrary<Exemplar> exemplar =
        Combinators.combine(
                WrittenSeries.anyLabels(),
                WrittenSeries.anyNumber(),
                Arbitraries.longs().between(-1_000, 1_000_000))
            .as((l, v, t) -> new Exemplar(Labels.of(l), v, t % 2 == 0 ? t * 1000 : 0, t % 2 == 0));
    return Combinators.combine(
            WrittenSeries.any(), WrittenSeries.anyNumber(), exemplar.injectNull(0.2))
        .as(Meant::new)
        .list()
        .ofMaxSize(8);
  }

  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void readsWhatIsMeant(@ForAll("samples") List<Meant> meant) throws ExpositionException {
    StringBuilder text = new StringBuilder();
    meant.forEach(m -> m.write(text));
    List<Sample> read = Expositions.read(text.append("# EOF\n").toString()).samples();
    assertThat(read).as("%s", text).hasSameSizeAs(meant);
    for (int i = 0; i < meant.size(); i++) {
      Meant m = meant.get(i);
      Sample s = read.get(i);
      assertThat(s.labels()).as("%s", text).isEqualTo(m.series().allLabels());
      assertThat(s.value()).as("%s", text).isEqualTo(m.value());
      assertThat(s.exemplars())
          .as("%s", text)
          .isEqualTo(m.exemplar() == null ? List.of() : List.of(m.exemplar()));
    }
  }
}
