package io.narthex.rules.groups;

import io.narthex.api.alert.RulesView;
import jakarta.inject.Inject;
import java.util.List;
import org.pf4j.Extension;

/** What rules do at present, for pages and the HTTP API. */
@Extension
public final class RuleGroups implements RulesView {
  private final RuleService service;

  @Inject
  public RuleGroups(RuleService service) {
    this.service = service;
  }

  @Override
  public List<Group> groups() {
    return service.view();
  }
}
