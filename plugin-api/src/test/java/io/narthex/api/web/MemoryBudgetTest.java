package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(10);

  @Test
  void givesWhatFitsAndNothingOfWhatDoesNot() {
    assertThat(budget.limit()).isEqualTo(10);
    assertThat(budget.take(6)).isTrue();
    assertThat(budget.take(5)).isFalse();
    assertThat(budget.taken()).isEqualTo(6);
    assertThat(budget.take(4)).isTrue();
    assertThat(budget.taken()).isEqualTo(10);
    assertThat(budget.take(1)).isFalse();
    assertThat(budget.take(0)).isTrue();
  }

  @Test
  void whatIsGivenBackCanBeTakenAgain() {
    assertThat(budget.take(10)).isTrue();
    budget.release(3);
    assertThat(budget.taken()).isEqualTo(7);
    assertThat(budget.take(4)).isFalse();
    assertThat(budget.take(3)).isTrue();
  }
}
