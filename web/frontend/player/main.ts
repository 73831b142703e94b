/** The player's entry: mounts the page into the shell. */

import { mount } from "svelte";
import App from "./App.svelte";
import "./player.css";

const holder = document.getElementById("player") ?? document.body;
holder.replaceChildren();
mount(App, { target: holder });
