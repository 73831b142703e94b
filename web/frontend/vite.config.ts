import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Three entries under stable names (the server adds a version to the address); what they share and the worker carry a hash, so that
 * a browser never mixes two versions. */
export default defineConfig({
  plugins: [svelte()],
  base: "/static/build/",
  worker: { format: "es", rollupOptions: { output: { entryFileNames: "[name]-[hash].js" } } },
  build: {
    outDir: "../static/build",
    emptyOutDir: true,
    cssCodeSplit: true,
    target: "es2022",
    rollupOptions: {
      input: { player: "player/main.ts", console: "console/main.ts", pages: "pages/main.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
