import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Three entries, stable file names (the server adds a version to the address), no chunk shared by hidden rules. */
export default defineConfig({
  plugins: [svelte()],
  base: "/static/build/",
  build: {
    outDir: "../static/build",
    emptyOutDir: true,
    cssCodeSplit: true,
    target: "es2022",
    rollupOptions: {
      input: { player: "player/main.ts", console: "console/main.ts", pages: "pages/main.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
