package ai.primespark.core.llm.budget;

import ai.primespark.core.runtime.StateJson;
import ai.primespark.llm.Budget;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A small file of the engine's own. */
public final class BudgetFile implements BudgetStore {

    private final Path file;

    /**
     * Names the file; does not touch it.
     *
     * @param file its directory is made when it is first written
     */
    public BudgetFile(Path file) {
        this.file = file;
    }

    @Override
    public List<BudgetAccount.Kept> load() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<BudgetAccount.Kept> accounts = new ArrayList<>();
        try {
            for (Config entry : StateJson.read(file).getConfigList("budgets")) {
                accounts.add(new BudgetAccount.Kept(
                        entry.getString("name"),
                        entry.getEnum(Budget.Unit.class, "unit"),
                        entry.getEnum(Budget.Period.class, "per"),
                        entry.getLong("startMillis"),
                        entry.getDouble("used")));
            }
        } catch (ConfigException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
        return accounts;
    }

    @Override
    public void save(List<BudgetAccount.Kept> accounts) throws IOException {
        List<Map<String, Object>> entries = new ArrayList<>(accounts.size());
        for (BudgetAccount.Kept account : accounts) {
            entries.add(Map.of(
                    "name", account.name(),
                    "unit", account.unit().name(),
                    "per", account.per().name(),
                    "startMillis", account.startMillis(),
                    "used", account.used()));
        }
        StateJson.replace(file, Map.of("budgets", entries));
    }

    @Override
    public String toString() {
        return "BudgetFile[" + file + "]";
    }
}
