package ai.primespark.core.auth.store;

/** Accounts of this process, which end with it. */
final class MemoryUserStore extends TableStore {

    @Override
    void keep(StoreState before, StoreState next) {}

    @Override
    String label() {
        return "the user store in this process's memory";
    }
}
